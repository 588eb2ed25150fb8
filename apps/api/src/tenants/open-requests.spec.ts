import { createHash } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { newApiKey } from '#domain';
import type { Secret } from '#foundation';
import { silentLogger, systemRandom } from '#foundation';
import { VirtualTime } from '#testkit';
import { CachedKeyRing } from './key-ring.ts';
import { OpenRequests } from './open-requests.ts';

/** The keys of a store, and a process that asks it. */
function world() {
  const time = new VirtualTime();
  const made = [newApiKey(systemRandom), newApiKey(systemRandom)];
  const over = new Set<string>();
  const state = { isAway: false, isAppEnabled: true, asked: 0, touched: 0 };
  const hashes = new Map(
    made.map(({ id, key }) => [id, createHash('sha256').update(key.reveal()).digest()]),
  );
  const store = {
    async findKey(id: string) {
      state.asked += 1;
      await Promise.resolve();
      if (state.isAway) throw new Error('the store is away');
      const hash = hashes.get(id);
      if (hash === undefined) return null;
      const dates = { createdAt: new Date(0), expiresAt: null, revokedAt: null, lastUsedAt: null };
      const record = { id, appKey: 'radio', name: '', scope: 'read', allApps: false } as const;
      const { isAppEnabled } = state;
      return { record: { ...record, ...dates }, hash, isValid: !over.has(id), isAppEnabled };
    },
    async touchKey() {
      await Promise.resolve();
      state.touched += 1;
    },
  };
  const keys = new CachedKeyRing({ store, clock: time, logger: silentLogger });
  const open = new OpenRequests(keys, time, silentLogger);
  const [one, two] = made.map(({ id, key }) => ({ id, key }));
  if (one === undefined || two === undefined) throw new Error('two keys were made');
  return { time, over, state, keys, open, one, two };
}

/** Lets time pass, and what it sets off happen. */
async function pass({ time }: { readonly time: VirtualTime }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    time.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type World = ReturnType<typeof world>;

function stream({ open }: World, { key }: { readonly key: Secret }): ServerResponse {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  open.add(response, key.reveal());
  return response;
}

describe('a stream', () => {
  it('ends within five seconds of its key, and no other does', async () => {
    const now = world();
    await now.keys.verify(now.one.key.reveal());
    const [ended, other] = [stream(now, now.one), stream(now, now.two)];
    await pass(now, 1_900);
    await now.keys.verify(now.one.key.reveal());

    now.over.add(now.one.id);
    await pass(now, 5_000);

    expect([ended.destroyed, other.destroyed]).toEqual([true, false]);
  });

  it('goes on while the store is away', async () => {
    const now = world();
    const kept = stream(now, now.one);

    now.state.isAway = true;
    await pass(now, 60_000);

    expect(kept.destroyed).toBe(false);
  });

  it('ends with its app', async () => {
    const now = world();
    const ended = stream(now, now.one);

    now.state.isAppEnabled = false;
    await pass(now, 5_000);

    expect(ended.destroyed).toBe(true);
  });

  it('that is over leaves nothing behind', async () => {
    const now = world();
    const response = stream(now, now.one);

    response.destroy();
    response.emit('close');
    await pass(now, 1);

    expect(now.time.pendingCount).toBe(0);
  });
});

describe('the ring of keys', () => {
  it('asks the store once in two seconds, however many ask it', async () => {
    const now = world();
    const presented = now.one.key.reveal();

    await Promise.all(Array.from({ length: 50 }, () => now.keys.verify(presented)));
    await pass(now, 1_900);
    await now.keys.verify(presented);
    expect([now.state.asked, now.state.touched]).toEqual([1, 1]);

    await pass(now, 100);
    await now.keys.verify(presented);
    expect(now.state.asked).toBe(2);
  });

  it('asks again for what failed, and for what was changed here', async () => {
    const now = world();
    now.state.isAway = true;
    await expect(now.keys.verify(now.one.key.reveal())).rejects.toThrow('away');
    now.state.isAway = false;

    expect(await now.keys.verify(now.one.key.reveal())).toMatchObject({ appKey: 'radio' });
    now.over.add(now.one.id);
    now.keys.forget(now.one.id);
    expect(await now.keys.verify(now.one.key.reveal())).toBeNull();
  });

  it('asks for nothing that cannot be a key', async () => {
    const now = world();

    expect(await now.keys.verify('cc_')).toBeNull();
    expect(await now.keys.verify(`${now.one.key.reveal().slice(0, -1)}!`)).toBeNull();
    expect(now.state.asked).toBe(0);
  });
});
