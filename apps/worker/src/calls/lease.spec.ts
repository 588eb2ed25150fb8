import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { Lease } from './lease.ts';

describe('a lease', () => {
  it('lasts 5 s from the moment the claim was sent, not answered', () => {
    const time = new VirtualTime();
    const sentMicros = time.nowMicros();
    time.advance(3_000);
    const lease = new Lease(time, sentMicros);

    time.advance(1_999);
    expect(lease.isHeld()).toBe(true);
    time.advance(1);
    expect(lease.isHeld()).toBe(false);
  });

  it('is not extended by a renewal that succeeds slowly', () => {
    const time = new VirtualTime();
    const lease = new Lease(time, time.nowMicros());
    const sentMicros = time.nowMicros();
    time.advance(4_900);

    lease.extend(sentMicros);
    time.advance(100);

    expect(lease.isHeld()).toBe(false);
  });

  it('is over at once when it is revoked', () => {
    const time = new VirtualTime();
    const lease = new Lease(time, time.nowMicros());

    lease.revoke();
    lease.extend(time.nowMicros());

    expect(lease.isHeld()).toBe(false);
  });
});
