import { EventEmitter } from 'node:events';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { IdFactory } from '#domain';
import type { CallId, CallRecord } from '#domain';
import { invariant, silentLogger } from '#foundation';
import { FakeAnnouncements, SeededRandom, VirtualTime } from '#testkit';
import { AnswerWaits } from './answer-waits.ts';

class FakeLine extends EventEmitter {
  destroyed = false;

  close(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

function setup() {
  const time = new VirtualTime();
  const announcements = new FakeAnnouncements();
  const calls = new Map<CallId, CallRecord>();
  const store = { isAway: false, looks: 0 };
  const registry = {
    findCall: (id: CallId) => Promise.resolve(calls.get(id) ?? null),
    findUnanswered: (ids: readonly CallId[]) => {
      store.looks++;
      if (store.isAway) return Promise.reject(new Error('away'));
      const isOpen = (id: CallId): boolean =>
        calls.get(id)?.answeredAt === null && calls.get(id)?.endedAt === null;
      return Promise.resolve(new Set(ids.filter(isOpen)));
    },
  };
  const waits = new AnswerWaits(registry, announcements, time, silentLogger, new Registry());
  waits.onApplicationBootstrap();
  const ids = new IdFactory(() => 1, new SeededRandom(1));
  const change = (id: CallId, fields: Partial<CallRecord>): void => {
    calls.set(id, { id, answeredAt: null, endedAt: null, ...fields } as CallRecord);
  };
  const newCall = (): CallId => {
    const id = ids.callId();
    change(id, {});
    return id;
  };
  /** Waits, and says how that ended. */
  const wait = (id: CallId, seconds = 30) => {
    const line = new FakeLine();
    const seen = { call: undefined as CallRecord | undefined, code: undefined as unknown };
    const find = () => {
      const call = calls.get(id);
      invariant(call, 'the call is there');
      return Promise.resolve(call);
    };
    waits.until({ seconds, line }, find).then(
      (call) => (seen.call = call),
      (error: unknown) => (seen.code = (error as { code?: unknown }).code),
    );
    return { line, seen };
  };
  return { time, announcements, store, waits, change, newCall, wait };
}

const answered = { answeredAt: new Date(1) };

describe('a wait for the answer to a call', () => {
  it('ends with the call when that is announced, and others go on', async () => {
    const { announcements, change, newCall, wait, time } = setup();
    const [one, two] = [newCall(), newCall()];
    const waiting = [wait(one), wait(one), wait(two)];
    await settle();

    change(one, answered);
    announcements.announceEvents();
    time.advance(50);
    await settle();

    expect(waiting.map(({ seen }) => seen.call?.id)).toEqual([one, one, undefined]);
    expect(waiting[0]?.seen.call?.answeredAt).toEqual(answered.answeredAt);
    expect(waiting[0]?.line.listenerCount('close')).toBe(0);
  });

  it('ends when the call does, within a second where nothing is announced', async () => {
    const { change, newCall, wait, time } = setup();
    const id = newCall();
    const { seen } = wait(id);
    await settle();

    change(id, { endedAt: new Date(2) });
    time.advance(1_000);
    await settle();

    expect(seen.call?.endedAt).toEqual(new Date(2));
  });

  it('does not begin for a call that was answered, nor for a client that has gone', async () => {
    const { change, newCall, wait, store } = setup();
    const [up, open] = [newCall(), newCall()];
    change(up, answered);

    const { seen } = wait(up);
    const gone = wait(open);
    gone.line.destroyed = true;
    await settle();

    expect([seen.call?.id, gone.seen.call?.id]).toEqual([up, open]);
    expect(store.looks).toBe(0);
  });

  it('sees an answer that came while the call was looked up', async () => {
    const { change, newCall, wait } = setup();
    const id = newCall();
    const { seen } = wait(id);
    change(id, answered);
    await settle();

    expect(seen.call?.answeredAt).toEqual(answered.answeredAt);
  });

  it('ends after its time with the call as it is, and leaves nothing', async () => {
    const { newCall, wait, waits, time, announcements } = setup();
    const { seen, line } = wait(newCall(), 5);
    await settle();

    time.advance(4_999);
    await settle();
    expect(seen.call).toBeUndefined();
    time.advance(1);
    await settle();

    expect(seen.call?.answeredAt).toBeNull();
    expect(line.listenerCount('close')).toBe(0);
    waits.stop();
    expect([time.pendingCount, announcements.hearerCount]).toEqual([0, 0]);
  });

  it('is given to a thousand, and ends when its client goes', async () => {
    const { newCall, wait } = setup();
    const id = newCall();
    const all = Array.from({ length: 1_000 }, () => wait(id));
    const tooMany = wait(id);
    await settle();

    expect(tooMany.seen.code).toBe('WAITS_TOO_MANY');
    all[7]?.line.close();
    await settle();
    expect(all.filter(({ seen }) => seen.call !== undefined)).toEqual([all[7]]);
    const next = wait(id);
    await settle();
    expect(next.seen).toEqual({ call: undefined, code: undefined });
  });

  it('looks once for all, and at most every 50 ms however much is announced', async () => {
    const { newCall, wait, announcements, store, time } = setup();
    wait(newCall());
    wait(newCall());
    await settle();
    const before = store.looks;

    for (let ms = 0; ms < 500; ms++) {
      announcements.announceEvents();
      time.advance(1);
      await settle();
    }

    expect(store.looks - before).toBeLessThanOrEqual(10);
    expect(store.looks - before).toBeGreaterThanOrEqual(9);
  });

  it('outlives a database that is away', async () => {
    const { change, newCall, wait, store, time } = setup();
    const id = newCall();
    store.isAway = true;
    const { seen } = wait(id);
    await settle();
    change(id, answered);
    store.isAway = false;

    time.advance(1_000);
    await settle();

    expect(seen.call?.id).toBe(id);
  });

  it('ends for all when the process stops, and no other one begins', async () => {
    const { newCall, wait, waits, time } = setup();
    const { seen } = wait(newCall());
    await settle();

    waits.stop();
    const late = wait(newCall());
    await settle();

    expect(seen.call).toBeDefined();
    expect(late.seen.code).toBe('WAITS_TOO_MANY');
    expect(time.pendingCount).toBe(0);
  });
});
