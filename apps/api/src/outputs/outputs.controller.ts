import { Controller, Delete, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { outputRequestSchema, outputViewSchema } from '#contracts';
import type { OutputRequest, OutputView } from '#contracts';
import type { OutputId } from '#domain';
import { outputView } from '../calls/call-view.ts';
import { KnownCalls } from '../calls/known-calls.ts';
import { Answers } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { OutputDesk } from './output-desk.ts';

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls/:id/outputs')
export class OutputsController {
  constructor(
    @Inject(KnownCalls) private readonly calls: KnownCalls,
    @Inject(OutputDesk) private readonly desk: OutputDesk,
  ) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Publish a live call to another target too.',
    description:
      'At most 8 outputs of a call can be live, backups included. The new one joins at once: the others notice nothing.',
  })
  @Answers(201, outputViewSchema, 'The output; the node of the call has it.')
  @Answers(
    202,
    outputViewSchema,
    'The output; the node of the call is about to take it.',
    [400, 401, 404, 409, 413, 415, 422, 429, 503],
  )
  async add(
    @By() caller: Caller,
    @Param('id') text: string,
    @Body({ schema: outputRequestSchema }) request: OutputRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OutputView> {
    const call = await this.calls.find(text, caller);
    const { output, isDone } = await this.desk.add(call, request, caller.keyId);
    if (!isDone) void reply.code(202);
    return outputView(output);
  }

  @Post(':outputId/retry')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Connect an output now, instead of at its next retry.',
    description:
      'It counts as an attempt: if it fails, the wait that follows is as long as after any other. One that does not wait ' +
      'for its next attempt is refused (409 `OUTPUT_NOT_RETRYING`); one that has failed for good has to be added again.',
  })
  @Answers(200, outputViewSchema, 'The output, which connects.')
  @Answers(
    202,
    outputViewSchema,
    'The output, which is about to connect.',
    [401, 404, 409, 429, 503, 504],
  )
  async retry(
    @By() caller: Caller,
    @Param('id') text: string,
    @Param('outputId') outputId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OutputView> {
    const { id } = await this.calls.find(text, caller);
    // Only compared with ids of ours.
    const { output, isDone } = await this.desk.retry(id, outputId as OutputId, caller.keyId);
    if (!isDone) void reply.code(202);
    return outputView(output);
  }

  @Delete(':outputId')
  @HttpCode(200)
  @ApiOperation({
    summary: 'End an output of a live call, and its backup with it.',
    description:
      'The last one stays (409 `OUTPUT_LAST`): hang the call up, or add another one first.',
  })
  @Answers(200, outputViewSchema, 'The output, which has ended.')
  @Answers(202, outputViewSchema, 'The output, which is about to end.', [401, 404, 409, 429, 503])
  async remove(
    @By() caller: Caller,
    @Param('id') text: string,
    @Param('outputId') outputId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OutputView> {
    const { id } = await this.calls.find(text, caller);
    // Only compared with ids of ours.
    const { output, isDone } = await this.desk.remove(id, outputId as OutputId, caller.keyId);
    if (!isDone) void reply.code(202);
    return outputView(output);
  }
}
