import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { Liveness } from './liveness.ts';

const at = (seconds: number) => microsFromMs(seconds * 1000);
const setup = (): Liveness => new Liveness({ timeoutMs: 10_000, ackWindowBytes: 8192 }, at(0));

/** A server that has acknowledged twice, each time so many bytes. */
function habitual(sizeBytes = 8192): Liveness {
  const liveness = setup();
  for (let ack = 1; ack <= 2; ack += 1) {
    liveness.sent(sizeBytes, at(0));
    liveness.acknowledged(ack * sizeBytes, at(0));
  }
  return liveness;
}

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
    expect(deadAfter(habitual(), bytesPerSecond, 0)).toBe(10);
  });

  it('waits longer when so little is sent that no acknowledgement is due', () => {
    const liveness = habitual();

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
    const liveness = habitual();
    liveness.sent(20_000, at(0));

    expect(liveness.isLagging(at(1.9))).toBe(false);
    expect(liveness.isLagging(at(2))).toBe(true);
    liveness.acknowledged(36_384, at(2));
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
    { name: 'the same number again', sequenceNumber: 16_384 },
    { name: 'a number that goes back', sequenceNumber: 4000 },
  ])('takes no acknowledgement of $name', ({ sequenceNumber }) => {
    const liveness = habitual();
    liveness.sent(100_000, at(0));

    liveness.acknowledged(sequenceNumber, at(9));

    expect(liveness.ackedBytes).toBe(16_384);
    expect(liveness.isDead(at(10))).toBe(true);
  });

  it('understands a server that tells what has come since the last time', () => {
    const liveness = setup();

    for (let second = 0; second < 600; second += 1) {
      liveness.sent(3000, at(second));
      if (second % 3 === 2) liveness.acknowledged(9000, at(second));
      expect(liveness.isLagging(at(second))).toBe(false);
      expect(liveness.isDead(at(second))).toBe(false);
    }
    expect(liveness.ackedBytes).toBe(1_800_000);
  });

  it.each([
    { name: 'with pongs', answersPings: true },
    { name: 'without pongs', answersPings: false },
  ])(
    'does not starve a server that acknowledges once and then at distances of its own, $name',
    ({ answersPings }) => {
      const liveness = setup();
      let ackedBytes = 5000;
      liveness.sent(ackedBytes, at(0));
      liveness.acknowledged(ackedBytes, at(0));

      for (let second = 1; second < 300; second += 1) {
        // Nothing is sent to a server that lags: it could never reach its distance.
        if (!liveness.isLagging(at(second))) liveness.sent(8000, at(second));
        if (answersPings && liveness.wantsPing(at(second))) {
          liveness.pinged(at(second));
          liveness.ponged(at(second));
        }
        if (liveness.sentBytes - ackedBytes >= 65_536) {
          ackedBytes = liveness.sentBytes;
          liveness.acknowledged(ackedBytes, at(second));
        }
        expect(liveness.isDead(at(second))).toBe(false);
      }

      expect(liveness.sentBytes).toBe(5000 + 299 * 8000);
    },
  );

  it('counts on when the number wraps', () => {
    const liveness = setup();
    liveness.sent(2 ** 32 - 100, at(0));
    liveness.acknowledged(2 ** 32 - 100, at(0));
    liveness.sent(300, at(1));

    liveness.acknowledged(200, at(1));

    expect(liveness.ackedBytes).toBe(2 ** 32 + 200);
  });
});
