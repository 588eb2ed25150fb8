import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { deliveryPageSchema, listCallDeliveriesQuerySchema } from '#contracts';
import type { DeliveryLog } from '#domain';
import { KnownCalls } from '../calls/known-calls.ts';
import { Answers } from '../docs/answers.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { Query } from '../http/checked.ts';
import { deliveryView } from './hook-view.ts';

@ApiTags('calls')
@ApiBearerAuth()
@Controller('v1/calls/:id/deliveries')
export class CallDeliveriesController {
  constructor(
    @Inject(TOKENS.deliveries) private readonly log: DeliveryLog,
    @Inject(KnownCalls) private readonly calls: KnownCalls,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List what the hooks of its app were told of a call, newest first.',
    description:
      'Of all hooks that there are; `hookId` and `id` lead to one delivery, its attempts, and to sending it again. What was ' +
      'settled is forgotten after a while.',
  })
  @Answers(200, deliveryPageSchema, 'A page of deliveries.', [400, 401, 404, 503])
  async list(
    @By() caller: Caller,
    @Param('id') id: string,
    @Query({ schema: listCallDeliveriesQuerySchema })
    { cursor, limit }: z.output<typeof listCallDeliveriesQuerySchema>,
  ): Promise<z.output<typeof deliveryPageSchema>> {
    const { id: callId, appKey } = await this.calls.find(id, caller);
    const place = cursor === undefined ? {} : { cursor };
    const page = await this.log.listDeliveriesOfCall({ callId, appKey, limit, ...place });
    return { items: page.items.map(deliveryView), nextCursor: page.nextCursor };
  }
}
