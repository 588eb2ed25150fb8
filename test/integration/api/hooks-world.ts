import { hookDeliveries } from '#contracts';
import type { DueDelivery, HookAttempt, HookId } from '#domain';
import { eventually } from '../../support/eventually.ts';
import type { ApiWorld } from './api-world.ts';

/** Everything that waits for a hook, as a worker gets it; the outbox is read before. */
export async function claimed(world: ApiWorld, hookId: HookId) {
  // The outbox is read up to the oldest transaction that is open anywhere.
  return await eventually(async () => {
    await world.store.hooks.relay(1000, hookDeliveries);
    const bounds = { lanes: 100, perLane: 100, inWork: 1000 };
    const lanes = await world.store.hooks.claimLanes(hookId, bounds);
    if (lanes === null) throw new Error('nothing waits');
    return lanes;
  });
}

/** An attempt as a worker logs it; `status` null is one without an answer. */
export const attemptAt = (delivery: DueDelivery, status: number | null): HookAttempt => ({
  deliveryId: delivery.id,
  durationMs: 12,
  status,
  reason: status === null ? 'timeout' : null,
  detail: status === null ? 'the answer had not ended after 15000 ms' : null,
  requestHeaders: { 'webhook-id': delivery.eventId, 'webhook-signature': 'v1,AAAA' },
  answerHeaders: status === null ? null : { 'content-type': 'text/plain' },
  answerBody: status === null ? null : Buffer.from(`answer ${status}`),
});

/** Has everything that waits for a hook end in one state. */
export async function settleAll(
  world: ApiWorld,
  hookId: HookId,
  state: 'delivered' | 'failed',
): Promise<void> {
  const { lanes } = await claimed(world, hookId);
  const status = state === 'delivered' ? 204 : 500;
  await world.store.hooks.settleLanes(
    hookId,
    lanes.map(({ callId, fence, deliveries }) => ({
      ...{ callId, fence, waits: null },
      attempts: deliveries.map((delivery) => attemptAt(delivery, status)),
      settled: deliveries.map(({ id }) => ({ id, state })),
    })),
  );
}
