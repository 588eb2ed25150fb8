import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  MAX_REDELIVERED,
  deliveryDetailViewSchema,
  deliveryPageSchema,
  deliveryViewSchema,
  listDeliveriesQuerySchema,
  redeliverSchema,
  redeliveredSchema,
} from '#contracts';
import type { DeliveryDetailView, DeliveryView, ListDeliveriesQuery, Redeliver } from '#contracts';
import { Fault, isCallId } from '#domain';
import type { DeliveryId, DeliveryLog } from '#domain';
import { systemClock } from '#foundation';
import { Answers } from '../docs/answers.ts';
import { Body, Query } from '../http/checked.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { deliveryDetailView, deliveryView } from './hook-view.ts';
import { KnownHooks } from './known-hooks.ts';

@ApiTags('hooks')
@ApiBearerAuth()
@Controller('v1/hooks/:id')
export class DeliveriesController {
  constructor(
    @Inject(TOKENS.deliveries) private readonly log: DeliveryLog,
    @Inject(KnownHooks) private readonly hooks: KnownHooks,
  ) {}

  @Get('deliveries')
  @ApiOperation({ summary: 'List what a hook was told, or is about to be told, newest first.' })
  @Answers(200, deliveryPageSchema, 'A page of deliveries.', [400, 401, 404, 503])
  async list(
    @By() caller: Caller,
    @Param('id') id: string,
    @Query({ schema: listDeliveriesQuerySchema }) query: ListDeliveriesQuery,
  ): Promise<z.output<typeof deliveryPageSchema>> {
    const { state: states, type, callId, from, to, cursor, limit } = query;
    const { id: hookId } = await this.hooks.find(id, caller);
    if (callId !== undefined && !isCallId(callId)) return { items: [], nextCursor: null };
    const page = await this.log.listDeliveries({
      ...{ hookId, limit },
      ...(states === undefined ? {} : { states }),
      ...(type === undefined ? {} : { type }),
      ...(callId === undefined ? {} : { callId }),
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: page.items.map(deliveryView), nextCursor: page.nextCursor };
  }

  @Get('deliveries/:deliveryId')
  @ApiOperation({
    summary: 'One delivery: what is sent, and what came of every attempt.',
    description:
      'Kept for as long as the delivery is; what was settled is forgotten after a while.',
  })
  @Answers(200, deliveryDetailViewSchema, 'The delivery.', [401, 404, 503])
  async show(
    @By() caller: Caller,
    @Param('id') id: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<DeliveryDetailView> {
    const hook = await this.hooks.find(id, caller);
    return deliveryDetailView(await this.hooks.delivery(hook, deliveryId));
  }

  @Post('deliveries/:deliveryId/redeliver')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send a delivery again.',
    description:
      'The same bytes under the same id, with the time and the signature of now, from the first attempt on. One that waits is ' +
      'tried at once.',
  })
  @Answers(202, deliveryViewSchema, 'The delivery, which waits.', [401, 404, 409, 503])
  async redeliver(
    @By() caller: Caller,
    @Param('id') id: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<DeliveryView> {
    const hook = await this.hooks.findEnabled(id, caller);
    const { delivery } = await this.hooks.delivery(hook, deliveryId);
    const [again] = await this.log.redeliver(hook, [delivery.id], caller);
    if (again === undefined) throw new Fault('DELIVERY_NOT_FOUND');
    return deliveryView(again);
  }

  @Post('redeliver')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send chosen deliveries again, or those of a time.',
    description:
      'Of a range the oldest 1000 at once: `nextCursor` says that there are more. Ids that the hook does not have are passed over.',
  })
  @Answers(202, redeliveredSchema, 'How many are sent again.', [400, 401, 404, 409, 413, 415, 503])
  async redeliverMany(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: redeliverSchema }) request: Redeliver,
  ): Promise<z.output<typeof redeliveredSchema>> {
    const hook = await this.hooks.findEnabled(id, caller);
    const { deliveries, from, to, states = ['failed'], cursor } = request;
    if (deliveries !== undefined) {
      const again = await this.log.redeliver(hook, deliveries as DeliveryId[], caller);
      return { count: again.length, nextCursor: null };
    }
    const range = {
      from: new Date(from ?? 0),
      to: new Date(to ?? systemClock.wallMs()),
      ...{ states, limit: MAX_REDELIVERED },
      ...(cursor === undefined ? {} : { cursor }),
    };
    return { ...(await this.log.redeliverRange(hook, range, caller)) };
  }
}
