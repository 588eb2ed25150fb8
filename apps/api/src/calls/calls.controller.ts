import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  callPageSchema,
  callStatsViewSchema,
  callViewSchema,
  createCallSchema,
  awaitedCallSchema,
  eventPageSchema,
  eventView,
  listCallsQuerySchema,
  listEventsQuerySchema,
} from '#contracts';
import type { CallStatsView, AwaitedCall, CallView, CreateCall, ListCallsQuery } from '#contracts';
import { Fault, callLifecycle, isAnswered } from '#domain';
import type { CallRecord, CallRegistry } from '#domain';
import { Answers } from '../docs/answers.ts';
import { FiguresBoard } from '../figures/figures-board.ts';
import { finalStatsView, liveStatsView } from '../figures/stats-view.ts';
import { Body, Query } from '../http/checked.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { Ids } from '../idempotency/request-ids.ts';
import type { RequestIds } from '../idempotency/request-ids.ts';
import { TOKENS } from '../tokens.ts';
import { AnswerWaits } from './answer-waits.ts';
import { CallDesk } from './call-desk.ts';
import { CallFilters } from './call-filters.ts';
import { callView } from './call-view.ts';
import { KnownCalls } from './known-calls.ts';

const SEQUENCE = /^\d{1,9}$/;

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls')
export class CallsController {
  constructor(
    @Inject(TOKENS.registry) private readonly registry: CallRegistry,
    @Inject(KnownCalls) private readonly calls: KnownCalls,
    @Inject(AnswerWaits) private readonly waits: AnswerWaits,
    @Inject(CallDesk) private readonly desk: CallDesk,
    @Inject(FiguresBoard) private readonly board: FiguresBoard,
    @Inject(CallFilters) private readonly filters: CallFilters,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Place a call and broadcast it.',
    description:
      'With `wait=answered` and an Idempotency-Key: an attempt that is lost is not lost for the call. The same request again ' +
      'finds it and waits on, or is answered as the first one was.',
  })
  @Answers(202, callViewSchema, 'The call, queued, or as it is after `wait`.', [
    ...[400, 401, 409, 413, 415, 422, 503],
  ])
  async create(
    @By() { appKey }: Caller,
    @Ids() ids: RequestIds,
    @Query({ schema: awaitedCallSchema }) query: AwaitedCall,
    @Body({ schema: createCallSchema }) request: CreateCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CallView> {
    const place = () => this.desk.place(request, { appKey, ids: ids(0) });
    const call = await this.#awaited(query, reply, place);
    void reply.header('location', `/v1/calls/${call.id}`);
    return callView(call);
  }

  @Get()
  @ApiOperation({
    summary: 'List calls, newest first.',
    description:
      'A page takes the same time among ten calls and among millions. Calls that are placed meanwhile do not move the pages that follow.',
  })
  @Answers(200, callPageSchema, 'A page of calls.', [400, 401, 503])
  async list(
    @By() caller: Caller,
    @Query({ schema: listCallsQuerySchema }) query: ListCallsQuery,
  ): Promise<z.output<typeof callPageSchema>> {
    const page = await this.registry.listCalls(await this.filters.read(query, caller));
    return { items: page.items.map(callView), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One call.' })
  @Answers(200, callViewSchema, 'The call.', [400, 401, 404, 503])
  async show(
    @By() caller: Caller,
    @Param('id') id: string,
    @Query({ schema: awaitedCallSchema }) query: AwaitedCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CallView> {
    return callView(await this.#awaited(query, reply, () => this.calls.find(id, caller)));
  }

  async #awaited(
    { wait, waitSeconds: seconds }: AwaitedCall,
    { raw: line }: FastifyReply,
    find: () => Promise<CallRecord>,
  ): Promise<CallRecord> {
    return await (wait === undefined ? find() : this.waits.until({ seconds, line }, find));
  }

  @Delete(':id')
  @HttpCode(202)
  @ApiOperation({ summary: 'Hang up, or take off the queue.' })
  @Answers(202, callViewSchema, 'The call, which is about to end.', [401, 404, 409, 503])
  async stop(@By() caller: Caller, @Param('id') text: string): Promise<CallView> {
    const { id } = await this.calls.find(text, caller);
    await this.desk.stop(id, caller.keyId);
    return callView(await this.calls.find(id, caller));
  }

  @Get(':id/stats')
  @ApiOperation({
    summary: 'What the media of a call have counted and measured.',
    description:
      'Of a live call at most 5 s old; of one that has ended the last figures. Counted from when the node took the call.',
  })
  @Answers(200, callStatsViewSchema, 'The figures.', [401, 404, 409, 503])
  async stats(@By() caller: Caller, @Param('id') id: string): Promise<CallStatsView> {
    const call = await this.calls.find(id, caller);
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
    @By() caller: Caller,
    @Param('id') id: string,
    @Query({ schema: listEventsQuerySchema }) query: z.output<typeof listEventsQuerySchema>,
  ): Promise<z.output<typeof eventPageSchema>> {
    const { cursor = '0', limit } = query;
    if (!SEQUENCE.test(cursor)) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'cursor', message: 'is not one of ours' }]);
    }
    const call = await this.calls.find(id, caller);
    const page = await this.registry.listEvents(call.id, Number(cursor), limit);
    return { items: page.items.map(eventView), nextCursor: page.nextCursor };
  }
}
