import { Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  commandPageSchema,
  commandRequestSchema,
  commandViewSchema,
  listEventsQuerySchema,
  pressKeysSchema,
  transferRequestSchema,
} from '#contracts';
import type {
  CommandPage,
  CommandRequest,
  CommandView,
  PressKeys,
  TransferRequest,
} from '#contracts';
import { Fault } from '#domain';
import type { CommandBook, CommandId, CommandOrder, CommandReport } from '#domain';
import { Secret } from '#foundation';
import { Answers } from '../docs/answers.ts';
import { Body, Query } from '../http/checked.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { CallCommands } from './call-commands.ts';
import { commandView } from './command-view.ts';
import { KnownCalls } from './known-calls.ts';

const PROBLEMS = [400, 401, 404, 409, 413, 415, 429, 502, 503, 504];

/** Documents what a command can be answered with. */
const AnswersCommand =
  (done: string): MethodDecorator =>
  (...target) => {
    Answers(200, commandViewSchema, done)(...target);
    const later = 'It waits, or is being carried out; ask for it again.';
    Answers(202, commandViewSchema, later, PROBLEMS)(...target);
  };

const IN_ORDER =
  'Commands of one call are carried out one after the other, in the order in which they were asked for; a hang-up goes first.';

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls/:id')
export class CommandsController {
  constructor(
    @Inject(KnownCalls) private readonly calls: KnownCalls,
    @Inject(CallCommands) private readonly desk: CallCommands,
    @Inject(TOKENS.commands) private readonly commands: CommandBook,
  ) {}

  @Post('dtmf')
  @HttpCode(200)
  @ApiOperation({ summary: 'Press keys in an answered call.', description: IN_ORDER })
  @AnswersCommand('The keys were pressed.')
  async press(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: pressKeysSchema }) { digits, method, deadlineSeconds }: PressKeys,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    const call = await this.calls.find(id, caller);
    const order = { keys: new Secret(digits), ...(method === undefined ? {} : { method }) };
    const by = { ...caller, deadlineSeconds };
    return answered(await this.desk.give(call.id, { type: 'dtmf', order }, by), reply);
  }

  @Post('mute')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Put silence on air in the place of what the callee sends.',
    description: `The call goes on. It stays so through losses of the callee and of nodes, until it is unmuted. ${IN_ORDER}`,
  })
  @AnswersCommand('Silence is on air.')
  async mute(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: commandRequestSchema }) body: CommandRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    return answered(await this.#give(id, { type: 'mute' }, { ...caller, ...body }), reply);
  }

  @Post('unmute')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put on air again what the callee sends.', description: IN_ORDER })
  @AnswersCommand('The callee is on air.')
  async unmute(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: commandRequestSchema }) body: CommandRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    return answered(await this.#give(id, { type: 'unmute' }, { ...caller, ...body }), reply);
  }

  @Post('hold')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Put the callee on hold, with silence on air.',
    description: `The callee is asked by a re-INVITE (RFC 3264 section 8.4) and may refuse: \`HOLD_REFUSED\`. ${IN_ORDER}`,
  })
  @AnswersCommand('The callee is on hold.')
  async hold(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: commandRequestSchema }) body: CommandRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    return answered(await this.#give(id, { type: 'hold' }, { ...caller, ...body }), reply);
  }

  @Post('resume')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Take the callee off hold.',
    description: `While the callee holds too, the call stays in the state \`held\`. ${IN_ORDER}`,
  })
  @AnswersCommand('We do not hold the call any more.')
  async resume(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: commandRequestSchema }) body: CommandRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    return answered(await this.#give(id, { type: 'resume' }, { ...caller, ...body }), reply);
  }

  @Post('transfer')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let another node go on with an answered call.',
    description: `The callee is hung up and dialled again from there. If that node does not take the call in two seconds, any node does. ${IN_ORDER}`,
  })
  @AnswersCommand('The call has left its node.')
  async transfer(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: transferRequestSchema }) { node: asked, deadlineSeconds }: TransferRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CommandView> {
    const call = await this.calls.find(id, caller);
    const node = await this.desk.placeFor(call, asked);
    const by = { ...caller, deadlineSeconds };
    return answered(await this.desk.give(call.id, { type: 'transfer', node }, by), reply);
  }

  @Get('commands')
  @ApiOperation({ summary: 'What was asked of a call, newest first.' })
  @Answers(200, commandPageSchema, 'A page of commands.', [400, 401, 404, 503])
  async list(
    @By() caller: Caller,
    @Param('id') id: string,
    @Query({ schema: listEventsQuerySchema }) query: z.output<typeof listEventsQuerySchema>,
  ): Promise<CommandPage> {
    const call = await this.calls.find(id, caller);
    const page = await this.commands.list(call.id, query.cursor, query.limit);
    return { items: page.items.map(commandView), nextCursor: page.nextCursor };
  }

  @Get('commands/:commandId')
  @ApiOperation({ summary: 'What has become of a command.' })
  @Answers(200, commandViewSchema, 'The command.', [401, 404, 503])
  async show(
    @By() caller: Caller,
    @Param('id') id: string,
    @Param('commandId') commandId: string,
  ): Promise<CommandView> {
    const call = await this.calls.find(id, caller);
    // Only compared with ids of ours.
    const command = await this.commands.find(commandId as CommandId);
    if (command?.callId !== call.id) throw new Fault('COMMAND_NOT_FOUND');
    return commandView(command);
  }

  async #give(
    id: string,
    order: CommandOrder,
    by: Caller & { readonly deadlineSeconds: number },
  ): Promise<CommandReport> {
    const call = await this.calls.find(id, by);
    return await this.desk.give(call.id, order, by);
  }
}

function answered(command: CommandReport, reply: FastifyReply): CommandView {
  if (command.state !== 'done') void reply.code(202);
  return commandView(command);
}
