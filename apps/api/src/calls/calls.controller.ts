import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  callPageSchema,
  callStatsViewSchema,
  callViewSchema,
  commandViewSchema,
  createCallSchema,
  eventPageSchema,
  listCallsQuerySchema,
  listEventsQuerySchema,
  pressKeysSchema,
} from '#contracts';
import type { CallStatsView, CallView, CommandView, CreateCall, PressKeys } from '#contracts';
import { Fault, callLifecycle, isAnswered, isCallId } from '#domain';
import type { CallId, CallRecord, CallRegistry } from '#domain';
import { Secret } from '#foundation';
import { Answers } from '../docs/answers.ts';
import { FiguresBoard } from '../figures/figures-board.ts';
import { finalStatsView, liveStatsView } from '../figures/stats-view.ts';
import { Rejection } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import { CallDesk } from './call-desk.ts';
import { callView, commandView, eventView } from './call-view.ts';

/** The app of calls that were placed with the bootstrap key. */
const BOOTSTRAP_APP = 'default';
const SEQUENCE = /^\d{1,9}$/;

function knownId(text: string): CallId {
  if (!isCallId(text)) throw new Fault('CALL_NOT_FOUND');
  return text;
}

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls')
export class CallsController {
  constructor(
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(CallDesk) private readonly desk: CallDesk,
    @Inject(FiguresBoard) private readonly board: FiguresBoard,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Place a call and broadcast it.' })
  @Answers(202, callViewSchema, 'The call, queued.', [400, 401, 409, 413, 415, 422, 503])
  async create(
    @Body({ schema: createCallSchema }) request: CreateCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CallView> {
    const call = await this.desk.place(request, { appKey: BOOTSTRAP_APP });
    void reply.header('location', `/v1/calls/${call.id}`);
    return callView(call);
  }

  @Get()
  @ApiOperation({ summary: 'List calls, newest first.' })
  @Answers(200, callPageSchema, 'A page of calls.', [400, 401, 503])
  async list(
    @Query({ schema: listCallsQuerySchema }) query: z.output<typeof listCallsQuerySchema>,
  ): Promise<z.output<typeof callPageSchema>> {
    const { state, appKey, cursor, limit } = query;
    const page = await this.registry.listCalls({
      limit,
      ...(state === undefined ? {} : { states: state }),
      ...(appKey === undefined ? {} : { appKey }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: page.items.map(callView), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One call.' })
  @Answers(200, callViewSchema, 'The call.', [401, 404, 503])
  async show(@Param('id') id: string): Promise<CallView> {
    return callView(await this.#find(knownId(id)));
  }

  @Delete(':id')
  @HttpCode(202)
  @ApiOperation({ summary: 'Hang up, or take off the queue.' })
  @Answers(202, callViewSchema, 'The call, which is about to end.', [401, 404, 409, 503])
  async stop(@Param('id') text: string): Promise<CallView> {
    const id = knownId(text);
    await this.desk.stop(id);
    return callView(await this.#find(id));
  }

  @Post(':id/dtmf')
  @HttpCode(200)
  @ApiOperation({ summary: 'Press keys in an answered call.' })
  @Answers(200, commandViewSchema, 'The keys were pressed.')
  @Answers(
    202,
    commandViewSchema,
    'The keys are being pressed, or wait for those before them.',
    [400, 401, 404, 409, 413, 415, 429, 502, 503],
  )
  async press(
    @Param('id') id: string,
    @Body({ schema: pressKeysSchema }) { digits, method }: PressKeys,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    const how = method === undefined ? {} : { method };
    const command = await this.desk.press(knownId(id), { keys: new Secret(digits), ...how });
    if (command.state !== 'done') void reply.code(202);
    return commandView(command);
  }

  @Get(':id/stats')
  @ApiOperation({
    summary: 'What the media of a call have counted and measured.',
    description:
      'Of a live call at most 5 s old; of one that has ended the last figures. Counted from when the node took the call.',
  })
  @Answers(200, callStatsViewSchema, 'The figures.', [401, 404, 409, 503])
  async stats(@Param('id') text: string): Promise<CallStatsView> {
    const call = await this.#find(knownId(text));
    if (callLifecycle.isTerminal(call.state)) {
      const stats = await this.registry.findStats(call.id);
      if (stats === null) throw new Fault('STATS_NONE');
      return finalStatsView(call, stats);
    }
    const figures = this.board.find(call.id);
    if (figures?.epoch === call.epoch) return liveStatsView(figures);
    throw new Fault(isAnswered(call.state) ? 'STATS_UNAVAILABLE' : 'STATS_NONE');
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'The numbered history of a call, oldest first.' })
  @Answers(200, eventPageSchema, 'A page of events.', [400, 401, 404, 503])
  async history(
    @Param('id') id: string,
    @Query({ schema: listEventsQuerySchema }) query: z.output<typeof listEventsQuerySchema>,
  ): Promise<z.output<typeof eventPageSchema>> {
    const { cursor = '0', limit } = query;
    if (!SEQUENCE.test(cursor)) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'cursor', message: 'is not one of ours' }]);
    }
    const call = await this.#find(knownId(id));
    const page = await this.registry.listEvents(call.id, Number(cursor), limit);
    return { items: page.items.map(eventView), nextCursor: page.nextCursor };
  }

  async #find(id: CallId): Promise<CallRecord> {
    const call = await this.registry.findCall(id);
    if (call === null) throw new Fault('CALL_NOT_FOUND');
    return call;
  }
}
