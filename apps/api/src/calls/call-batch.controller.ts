import { Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { callBatchResultSchema, callBatchSchema } from '#contracts';
import type { CallBatchResult } from '#contracts';
import { Answers } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Ids } from '../idempotency/request-ids.ts';
import type { RequestIds } from '../idempotency/request-ids.ts';
import { CallBatch, isUnfinished } from './call-batch.ts';

/** A thousand calls of 4 KiB. */
const BODY_LIMIT = 4 * 1024 * 1024;

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1')
export class CallBatchController {
  constructor(@Inject(CallBatch) private readonly batch: CallBatch) {}

  @Post('calls::batch')
  @HttpCode(200)
  @RouteConfig({ bodyLimit: BODY_LIMIT })
  @ApiOperation({
    summary: 'Place up to 1,000 calls.',
    description:
      'Each call is placed or refused by itself. Where two of them ask for the same `callId` or target, the earlier one gets it. ' +
      'With an Idempotency-Key a batch whose refusals may all stay is answered again as it was; where some may pass (`retry` of ' +
      'their codes is not `never`) the same request with the same key tries those again, and finds the others as placed.',
  })
  @Answers(
    200,
    callBatchResultSchema,
    'What became of each call.',
    [400, 401, 409, 413, 415, 422, 503],
  )
  async place(
    @By() { appKey }: Caller,
    @Ids() ids: RequestIds,
    @Body({ schema: callBatchSchema }) { calls }: { readonly calls: readonly unknown[] },
    @Res({ passthrough: true }) { request }: FastifyReply,
  ): Promise<CallBatchResult> {
    const result = await this.batch.place(calls, { appKey, ids });
    request.isUnfinished = isUnfinished(result);
    return result;
  }
}
