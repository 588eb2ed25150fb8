import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { VirtualTime } from '#testkit';
import { settle } from '../../../../test/support/session-world.ts';
import { RecordingTeller } from './recording-teller.ts';

const EVENT = { type: 'recording.ready', data: {} } as const;

function setup() {
  const time = new VirtualTime();
  const store = { away: 0, keys: [] as string[], error: new Fault('STORE_UNAVAILABLE') as Error };
  let announced = 0;
  const teller = new RecordingTeller({
    ledger: {
      addFact: (_, key) => {
        if (store.away > 0) {
          store.away -= 1;
          return Promise.reject(store.error);
        }
        const isNew = !store.keys.includes(key);
        if (isNew) store.keys.push(key);
        return Promise.resolve(isNew);
      },
    },
    announcer: { announceEvents: () => void (announced += 1) },
    timers: time,
  });
  return { time, store, teller, announced: () => announced };
}

describe('what is told of recordings', () => {
  it('is told in order, also while the store is away for a while', async () => {
    const { time, store, teller, announced } = setup();
    store.away = 3;

    const told = Promise.all(['a', 'b', 'a'].map((key) => teller.tell('call_1', key, EVENT)));
    for (let second = 0; second < 3; second++) {
      await settle();
      time.advance(1_000);
    }
    await told;

    expect(store.keys).toEqual(['a', 'b']);
    expect(announced()).toBe(2);
  });

  it('is given up when the store stays away, and what follows is told', async () => {
    const { time, store, teller } = setup();
    store.away = 30;

    const first = teller.tell('call_1', 'a', EVENT).catch((error: unknown) => error);
    const second = teller.tell('call_1', 'b', EVENT);
    for (let seconds = 0; seconds < 30; seconds++) {
      await settle();
      time.advance(1_000);
    }
    await second;

    expect(await first).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(store.keys).toEqual(['b']);
  });

  it('is not tried again when it is our bug', async () => {
    const { store, teller } = setup();
    store.away = 1;
    store.error = new Error('bug');

    await expect(teller.tell('call_1', 'a', EVENT)).rejects.toThrow('bug');
  });
});
