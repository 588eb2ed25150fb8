import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { hookDeliveries } from '#contracts';
import type { DueDelivery, HookAttempt, HookId } from '#domain';
import { eventually } from '../../support/eventually.ts';
import type { ApiWorld } from './api-world.ts';

/** What an endpoint has heard. */
export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An endpoint on this machine, until the test ends. */
export async function openSink(
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) =>
    response.writeHead(204).end(),
): Promise<{ readonly url: string; readonly heard: readonly Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      heard.push({ path, headers, body: Buffer.concat(chunks).toString() });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/sink`, heard };
}

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
