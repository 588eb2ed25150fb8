import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { Liveness } from './liveness.ts';

const at = (seconds: number) => microsFromMs(seconds * 1000);
const setup = (): Liveness => new Liveness({ timeoutMs: 10_000, ackWindowBytes: 8192 }, at(0));

/** The first whole second at which the server counts as dead, fed `bytesPerSecond` until then. */
function deadAfter(liveness: Liveness, bytesPerSecond: number, fromSecond: number): number {
  for (let second = fromSecond; second < 1000; second += 1) {
    liveness.sent(bytesPerSecond, at(second));
    if (liveness.isDead(at(second))) return second - fromSecond;
  }
  return Number.POSITIVE_INFINITY;
}

describe('liveness', () => {
  it.each([
    { kbps: 24, bytesPerSecond: 3000 },
    { kbps: 64, bytesPerSecond: 8000 },
    { kbps: 2000, bytesPerSecond: 250_000 },
  ])('notices within 10 s of the last acknowledgement at $kbps kbit/s', ({ bytesPerSecond }) => {
    const liveness = setup();
    liveness.sent(9000, at(0));
    liveness.acknowledged(9000, at(0));

    expect(deadAfter(liveness, bytesPerSecond, 0)).toBe(10);
  });

  it('waits longer when so little is sent that no acknowledgement is due', () => {
    const liveness = setup();
    liveness.sent(8192, at(0));
    liveness.acknowledged(8192, at(0));

    // 12 288 bytes at 500 a second, and the grace behind them.
    expect(deadAfter(liveness, 500, 0)).toBe(27);
  });

  it('lives as long as acknowledgements come', () => {
    const liveness = setup();

    for (let second = 0; second < 600; second += 1) {
      liveness.sent(3000, at(second));
      if (second % 3 === 2) liveness.acknowledged(liveness.sentBytes, at(second));
      expect(liveness.isDead(at(second))).toBe(false);
    }
  });

  it('does not blame a server that never acknowledges while the socket takes everything', () => {
    expect(deadAfter(setup(), 100_000, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives a server with a window of its own the time it took before', () => {
    const liveness = setup();
    liveness.sent(2_500_000, at(0));
    liveness.acknowledged(2_500_000, at(0));

    // 2 500 000 bytes at 3000 a second are 834 s.
    expect(deadAfter(liveness, 3000, 0)).toBeGreaterThan(834);
  });

  it('does not take one late acknowledgement for a window', () => {
    const liveness = setup();
    for (const sizeBytes of [8192, 100_000]) {
      liveness.sent(sizeBytes, at(0));
      liveness.acknowledged(liveness.sentBytes, at(0));
    }

    expect(deadAfter(liveness, 3000, 0)).toBe(10);
  });

  it('blames a socket that takes nothing for the whole timeout', () => {
    const liveness = setup();
    liveness.waiting(100, false, at(1));
    liveness.waiting(200, false, at(5));

    expect(liveness.isDead(at(10.9))).toBe(false);
    expect(liveness.isDead(at(11))).toBe(true);
  });

  it('forgives a slow socket that still moves', () => {
    const liveness = setup();
    liveness.waiting(100, false, at(0));
    liveness.waiting(50, true, at(9));

    expect(liveness.isDead(at(18))).toBe(false);
    expect(liveness.isDead(at(19))).toBe(true);
  });

  it('forgives a full socket while acknowledgements come', () => {
    const liveness = setup();
    liveness.sent(100_000, at(0));
    liveness.waiting(90_000, false, at(0));
    liveness.acknowledged(10_000, at(9));

    expect(liveness.isDead(at(12))).toBe(false);
    expect(liveness.isDead(at(19))).toBe(true);
  });

  it('asks a server for a sign of life that has given none for 2 s, one question at a time', () => {
    const liveness = setup();

    expect(liveness.wantsPing(at(1.9))).toBe(false);
    expect(liveness.wantsPing(at(2))).toBe(true);
    liveness.pinged(at(2));
    expect(liveness.wantsPing(at(3))).toBe(false);
    liveness.ponged(at(3));
    expect(liveness.wantsPing(at(4.9))).toBe(false);
    expect(liveness.wantsPing(at(5))).toBe(true);
  });

  it('misses the answers of a server that has answered once', () => {
    const liveness = setup();
    liveness.pinged(at(2));
    liveness.ponged(at(3));
    liveness.pinged(at(5));

    expect(liveness.isDead(at(12.9))).toBe(false);
    expect(liveness.isDead(at(13))).toBe(true);
  });

  it('asks a server five times that never answers, and does not blame it', () => {
    const liveness = setup();
    let pings = 0;

    for (let second = 1; second < 600; second += 1) {
      expect(liveness.isDead(at(second))).toBe(false);
      if (!liveness.wantsPing(at(second))) continue;
      liveness.pinged(at(second));
      pings += 1;
    }

    expect(pings).toBe(5);
  });

  it('takes no other word for a habit than an acknowledgement of at least half a window', () => {
    const liveness = setup();
    liveness.sent(100, at(0));
    liveness.acknowledged(100, at(0));
    liveness.sent(2_500_000, at(1));
    liveness.acknowledged(2_500_100, at(1));

    // The window is the server's own: 2 500 000 bytes at 3000 a second are 834 s.
    expect(deadAfter(liveness, 3000, 1)).toBeGreaterThan(834);
  });

  it('blames a TCP that confirms nothing, if nothing else speaks for the server', () => {
    const liveness = setup();
    liveness.tcpMoved(true, at(2));
    liveness.tcpMoved(false, at(2));
    liveness.tcpMoved(false, at(2));

    expect(liveness.isDead(at(9.9))).toBe(false);
    expect(liveness.isDead(at(10))).toBe(true);

    liveness.tcpMoved(true, at(10));
    expect(liveness.isDead(at(30))).toBe(false);
  });

  it('knows that a server lags before it is dead', () => {
    const liveness = setup();
    liveness.sent(9000, at(0));
    liveness.acknowledged(9000, at(0));
    liveness.sent(20_000, at(0));

    expect(liveness.isLagging(at(1.9))).toBe(false);
    expect(liveness.isLagging(at(2))).toBe(true);
    liveness.acknowledged(29_000, at(2));
    expect(liveness.isLagging(at(60))).toBe(false);
  });

  it('is over it when the socket is empty again', () => {
    const liveness = setup();
    liveness.waiting(100, false, at(0));
    liveness.waiting(0, true, at(1));

    expect(liveness.isDead(at(60))).toBe(false);
  });

  it.each([
    { name: 'bytes that were never sent', sequenceNumber: 2_000_000 },
    { name: 'the same number again', sequenceNumber: 5000 },
    { name: 'a number that goes back', sequenceNumber: 4000 },
  ])('takes no acknowledgement of $name', ({ sequenceNumber }) => {
    const liveness = setup();
    liveness.sent(100_000, at(0));
    liveness.acknowledged(5000, at(0));

    liveness.acknowledged(sequenceNumber, at(9));

    expect(liveness.ackedBytes).toBe(5000);
    expect(liveness.isDead(at(10))).toBe(true);
  });

  it('counts on when the number wraps', () => {
    const liveness = setup();
    liveness.sent(2 ** 32 - 100, at(0));
    liveness.acknowledged(2 ** 32 - 100, at(0));
    liveness.sent(300, at(1));

    liveness.acknowledged(200, at(1));

    expect(liveness.ackedBytes).toBe(2 ** 32 + 200);
  });
});
