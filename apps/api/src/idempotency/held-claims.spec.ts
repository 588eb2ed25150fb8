import { VirtualTime } from '#testkit';
import { describe, expect, it } from 'vitest';
import type { KeyClaim } from '#domain';
import { silentLogger } from '#foundation';
import { HeldClaims } from './held-claims.ts';

const claim = (id: string): KeyClaim => ({
  id,
  appKey: 'default',
  token: `token of ${id}`,
  createdAt: new Date(0),
});

function setup() {
  const time = new VirtualTime();
  const renewals: string[][] = [];
  const store = { isAway: false };
  const renew = (claims: readonly KeyClaim[]) => {
    renewals.push(claims.map(({ id }) => id));
    return store.isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  };
  return { time, renewals, store, held: new HeldClaims({ renew }, time, silentLogger) };
}

describe('held claims', () => {
  it('are renewed together every 3 s, while the store is away too', async () => {
    const { time, renewals, store, held } = setup();
    held.add(claim('a'));
    held.add(claim('b'));

    time.advance(3_000);
    store.isAway = true;
    time.advance(3_000);
    await Promise.resolve();
    time.advance(3_000);

    expect(renewals).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('are renewed no more when their request is answered, and leave no timer', () => {
    const { time, renewals, held } = setup();
    const [a, b] = [claim('a'), claim('b')];
    held.add(a);
    held.add(b);

    held.delete(a);
    time.advance(3_000);
    held.delete(b);
    time.advance(3_000);

    expect(renewals).toEqual([['b']]);
    expect(time.pendingCount).toBe(0);
  });

  it('are let go after ten minutes: such a request is lost', () => {
    const { time, renewals, held } = setup();
    held.add(claim('a'));

    time.advance(60 * 60_000);

    expect(renewals).toHaveLength(200);
    expect(time.pendingCount).toBe(0);
  });
});
