import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openHookPoster } from '#adapters/hooks-http';
import { HOOK_RETRY_MS, HookTargets } from '#domain';
import type { CallEventType, CallId, HookId } from '#domain';
import { silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { HookDeliverer } from '../../apps/worker/src/hooks/hook-deliverer.ts';
import { openHookSink } from '../support/hook-sink.ts';
import { HOOK_SECRET, HookStoreWorld } from '../support/hook-store-world.ts';

const HOUR_MS = 3_600_000;
const LIFE: readonly CallEventType[] = ['call.queued', 'call.answered', 'call.ended'];

let world: HookStoreWorld;
beforeAll(async () => {
  world = await HookStoreWorld.open();
});
afterAll(() => world.close());

/** What delivers in a worker, over the real store; nothing but the test gives it work. */
async function openDeliverer(ourClockIsAheadMs = 0): Promise<HookDeliverer> {
  const clock = {
    nowMicros: () => systemClock.nowMicros(),
    wallMs: () => systemClock.wallMs() + ourClockIsAheadMs,
  };
  const targets = new HookTargets({ allow: ['127.0.0.1'], allowPrivate: false, ports: 'any' });
  const poster = openHookPoster({ targets, timers: systemTimers, clock });
  await poster.start();
  onTestFinished(() => poster.stop());
  return new HookDeliverer({
    ...{ poster, clock, store: world.store.hooks, timers: systemTimers, random: systemRandom },
    ...{
      logger: silentLogger,
      onFree: () => undefined,
      onSettled: () => undefined,
      cut: () => poster.stop(),
    },
    jobs: { consume: () => undefined },
  });
}

interface Wait {
  readonly callId: CallId;
  readonly attempts: number;
  readonly waitMs: number;
}

/** How long each delivery that was tried waits, from the end of its last attempt on. */
async function waitsOf(id: HookId): Promise<readonly Wait[]> {
  const { rows } = await world.database.sql.query<Wait>(
    `SELECT d.call_id AS "callId", d.attempts,
       (1000 * extract(epoch FROM d.next_at - (SELECT max(a.at) FROM hook_attempts a WHERE a.delivery_id = d.id)))::float8
         AS "waitMs"
     FROM hook_deliveries d WHERE d.hook_id = $1 AND d.state = 'pending' AND d.attempts > 0`,
    [id],
  );
  return rows;
}

/** Delivers whenever something is due, for so long in virtual time. @returns How long it has taken, and all waits. */
async function deliverFor(id: HookId, durationMs: number) {
  const deliverer = await openDeliverer();
  const waits = new Map<string, Wait>();
  let elapsedMs = 0;
  for (;;) {
    await deliverer.deliver(id);
    for (const wait of await waitsOf(id)) waits.set(`${wait.callId} ${wait.attempts}`, wait);
    const next = await world.waitMs(id);
    const isOff = (await world.store.hookRegistry.findHook(id))?.disabled !== null;
    if (next === null || isOff || elapsedMs + next > durationMs) {
      return { elapsedMs, waits: [...waits.values()] };
    }
    const passMs = Math.max(1, Math.ceil(next));
    await world.pass(id, passMs);
    elapsedMs += passMs;
  }
}

function expectScheduled(waits: readonly Wait[]): void {
  for (const { attempts, waitMs } of waits) {
    const planned = HOOK_RETRY_MS[attempts - 1] ?? NaN;
    expect(waitMs / planned).toBeGreaterThanOrEqual(0.799);
    expect(waitMs / planned).toBeLessThanOrEqual(1.201);
  }
}

describe('an endpoint that is down', () => {
  it('for 2 h is asked by the schedule, and then told everything in the order of each call (W1)', async () => {
    let isDown = true;
    const sink = await openHookSink((response) =>
      isDown ? response.socket?.destroy() : response.writeHead(204).end(),
    );
    const appKey = world.newApp();
    const { id } = await world.newHook({ appKey, url: sink.url });
    const calls: CallId[] = [];
    for (let index = 0; index < 3; index++) calls.push(await world.tell(appKey, LIFE));
    await world.relayAll();

    const down = await deliverFor(id, 2 * HOUR_MS);
    const asked = sink.heard.length;
    isDown = false;
    const up = await deliverFor(id, 6 * HOUR_MS);

    // 5 s, 30 s, 2 min, 15 min and 1 h are less than 2 h together, and with 4 h they are more.
    expect(asked).toBe(calls.length * 6);
    expect(down.waits).toHaveLength(calls.length * 6);
    expectScheduled(down.waits);
    expect(up.waits.filter(({ attempts }) => attempts > 6)).toEqual([]);
    const bodies = sink.heard.map(
      ({ body }) => JSON.parse(body) as { callId: CallId; seq: number },
    );
    for (const call of calls) {
      const seqs = bodies.filter(({ callId }) => callId === call).map(({ seq }) => seq);
      expect(seqs).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 3]);
    }
    expect((await world.deliveriesOf(id)).map(({ state }) => state)).toEqual(
      Array(9).fill('delivered'),
    );
    expect((await world.store.hookRegistry.findHook(id))?.failingSince).toBeNull();
  });

  it('for good is given up event by event after ten attempts each, and switched off after five days', async () => {
    const sink = await openHookSink((response) => response.writeHead(503).end());
    const appKey = world.newApp();
    const { id } = await world.newHook({ appKey, url: sink.url });
    await world.tell(appKey, LIFE);
    await world.relayAll();

    const { elapsedMs, waits } = await deliverFor(id, 30 * 24 * HOUR_MS);

    expectScheduled(waits);
    expect(new Set(waits.map(({ attempts }) => attempts))).toEqual(
      new Set(HOOK_RETRY_MS.map((_, index) => index + 1)),
    );
    const [first, second] = await world.deliveriesOf(id);
    expect([first?.state, first?.attempts]).toEqual(['failed', HOOK_RETRY_MS.length + 1]);
    expect(second?.state).not.toBe('delivered');
    expect((await world.store.hookRegistry.findHook(id))?.disabled?.reason).toBe('failing');
    expect(elapsedMs).toBeGreaterThan(5 * 24 * HOUR_MS - 60_000);
    expect(elapsedMs).toBeLessThan(6.3 * 24 * HOUR_MS);
  });
});

describe('an endpoint whose clock is another than ours', () => {
  it.each([HOUR_MS, -HOUR_MS])(
    'by %d ms gets signatures of our clock, and takes the event when its own is right (W13)',
    async (aheadMs) => {
      const webhook = new Webhook(HOOK_SECRET);
      const verdicts: unknown[] = [];
      const sink = await openHookSink((response) => {
        const { headers, body } = sink.heard.at(-1) ?? { headers: {}, body: '' };
        try {
          webhook.verify(body, headers as Record<string, string>);
          verdicts.push('good');
          response.writeHead(204).end();
        } catch (error) {
          verdicts.push(String(error));
          response.writeHead(401).end();
        }
      });
      const appKey = world.newApp();
      const { id } = await world.newHook({ appKey, url: sink.url });
      await world.tell(appKey, ['call.queued']);
      await world.relayAll();

      await (await openDeliverer(aheadMs)).deliver(id);
      await world.pass(id, HOUR_MS);
      await (await openDeliverer()).deliver(id);

      const [early, late] = sink.heard;
      const timestamps = sink.heard.map(
        ({ headers }) => Number(headers['webhook-timestamp']) * 1000,
      );
      expect(verdicts).toEqual([expect.stringContaining('timestamp too'), 'good']);
      expect(Math.abs((timestamps[0] ?? 0) - (timestamps[1] ?? 0) - aheadMs)).toBeLessThan(60_000);
      // Signed over our time all the same: whoever allows for the difference can check it.
      expect(early?.headers['webhook-signature']).toBe(
        webhook.sign(
          String(early?.headers['webhook-id']),
          new Date(timestamps[0] ?? 0),
          early?.body ?? '',
        ),
      );
      expect([late?.headers['webhook-id'], late?.body]).toEqual([
        early?.headers['webhook-id'],
        early?.body,
      ]);
    },
  );
});
