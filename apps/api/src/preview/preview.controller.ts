import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KnownCalls } from '../calls/known-calls.ts';
import { AnswersBytes, Problems } from '../docs/answers.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { PreviewRelay } from './preview-relay.ts';

const STREAM_HEADERS = {
  'content-type': 'video/x-flv',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls')
export class PreviewController {
  constructor(
    @Inject(KnownCalls) private readonly calls: KnownCalls,
    @Inject(PreviewRelay) private readonly relay: PreviewRelay,
  ) {}

  @Get(':id/preview.flv')
  @ApiOperation({
    summary: 'Listen in: what the call puts on air, as HTTP-FLV.',
    description:
      'From now on, with timestamps from 0, until the call ends or moves to another node; then ask again. A listener that ' +
      'is slow misses some, and is let go when it takes nothing for 10 s. 8 listeners a call, 32 a node.',
  })
  @AnswersBytes('video/x-flv', 'FLV: onMetaData, sequence headers, tags as they are made.')
  @Problems(401, 404, 409, 503)
  async listen(
    @By() caller: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const call = await this.calls.find(id, caller);
    const stream = await this.relay.open(call);
    if (reply.request.method === 'HEAD') {
      stream.destroy();
      void reply.headers(STREAM_HEADERS).send();
      return;
    }
    reply.hijack();
    reply.raw.writeHead(200, { ...STREAM_HEADERS, 'x-request-id': reply.request.id });
    this.relay.relay(stream, reply.raw);
  }
}
