import { describe, expect, it } from 'vitest';
import type { VirtualTime } from '#testkit';
import type { PublishSession } from './index.ts';
import { frame, PING, publishWorld, roundTrip } from '../../../../test/support/publish-world.ts';

/** 2 s of them are less than the queue holds. */
const FRAME_BYTES = 262_144;

/** Writes a frame every 100 ms of media until the kernel takes no more and 4 s are over. */
function flood(session: PublishSession): number {
  let timestampMs = 0;
  for (let more = 40; more > 0; timestampMs += 100) {
    session.write(frame(timestampMs, FRAME_BYTES));
    if (session.stats().queuedBytes > 0) more -= 1;
  }
  return timestampMs - 100;
}

describe('a server that stops reading', () => {
  it('gets the newest 2 s when it reads again, whole frames in order', async () => {
    const { peer, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;

    const lastMs = flood(session);
    const { queuedBytes, queuedMs, droppedTags } = session.stats();
    peer.connections[0]?.socket.resume();
    await peer.until(() => peer.tags.at(-1)?.timestampMs === lastMs);

    // 21 frames of the queue and the one the kernel has taken a part of.
    expect(queuedBytes).toBeLessThanOrEqual(22 * (FRAME_BYTES + 300));
    expect(droppedTags).toBe(40 - 1 - 21);
    expect(queuedMs).toBe(2000);
    const times = peer.tags.slice(2).map((tag) => tag.timestampMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times.slice(-21)).toEqual(Array.from({ length: 21 }, (_, i) => lastMs - 2000 + i * 100));
    expect(new Set(peer.tags.slice(2).map((tag) => tag.body.length))).toEqual(
      new Set([FRAME_BYTES + 2]),
    );
  });

  it('is forgiven when it has caught up', async () => {
    const { peer, time, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;
    const lastMs = flood(session);
    peer.connections[0]?.socket.resume();
    await peer.until(() => peer.tags.at(-1)?.timestampMs === lastMs);
    await roundTrip(peer);

    time.advance(20_000);

    expect(session.stats()).toMatchObject({ state: 'publishing', queuedBytes: 0 });
  });

  it('is given up when it takes nothing for 10 s', async () => {
    const { time, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;
    flood(session);

    time.advance(8999);
    expect(session.stats().state).toBe('publishing');
    time.advance(1001);

    expect(await session.ended).toMatchObject({ code: 'RTMP_STALLED' });
    expect(session.stats().queuedBytes).toBe(0);
    expect(time.pendingCount).toBe(0);
  });

  it('is given up when it acknowledges no more, although the kernel takes every byte', async () => {
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;
    for (let index = 0; index < 50; index += 1) session.write(frame(index * 23, 300));
    await peer.until(() => peer.tags.length === 52);
    await roundTrip(peer);
    expect(session.stats().bytesAcked).toBeGreaterThan(0);

    peer.connections[0]?.socket.pause();
    for (let index = 0; index < 500; index += 1) session.write(frame(3000 + index * 23, 300));
    expect(session.stats().queuedBytes).toBe(0);
    time.advance(11_000);

    expect(await session.ended).toMatchObject({ code: 'RTMP_STALLED' });
  });

  it('cannot make us keep answers behind a megabyte that waits', async () => {
    const { peer, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;
    // More than the kernel takes, and a megabyte.
    session.write(frame(0, 12_582_912));

    peer.connections[0]?.send(Buffer.from(PING, 'hex'));

    expect(await session.ended).toMatchObject({
      code: 'RTMP_STALLED',
      detail: 'the server does not read our answers',
    });
  });
});

describe('a server that freezes', () => {
  /** Writes 64 kbit/s and lets time pass until the session ends; returns the seconds. */
  async function secondsUntilEnd(session: PublishSession, time: VirtualTime): Promise<number> {
    for (let tick = 0; session.stats().state === 'publishing'; tick += 1) {
      session.write(frame(tick * 25, 200));
      time.advance(25);
      // What was written reaches the kernel, and what came is read.
      if (tick % 40 === 39) await new Promise((resolve) => setImmediate(resolve));
      if (tick > 2400) return Number.POSITIVE_INFINITY;
    }
    return time.nowMicros() / 1_000_000;
  }

  it('right after it has accepted the stream is noticed within 10 s', async () => {
    const { peer, time, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;
    expect(session.stats().bytesAcked).toBeGreaterThan(0);

    expect(await secondsUntilEnd(session, time)).toBeLessThanOrEqual(10);

    expect(await session.ended).toMatchObject({ code: 'RTMP_STALLED' });
    expect(peer.tags.filter(({ kind }) => kind === 'audio').length).toBeLessThanOrEqual(1);
  });

  it('is noticed within 10 s when it has only ever answered pings', async () => {
    const { peer, time, open } = await publishWorld({ acknowledges: 'never', answersPings: true });
    const session = open();
    await session.ready;
    time.advance(3000);
    const pings = () =>
      peer.messages.filter(({ typeId, payload }) => typeId === 4 && payload[1] === 6);
    await peer.until(() => pings().length === 1);
    await roundTrip(peer);
    const frozenAtSeconds = time.nowMicros() / 1_000_000;

    peer.connections[0]?.socket.pause();

    expect(await secondsUntilEnd(session, time)).toBeLessThanOrEqual(frozenAtSeconds + 10);
    expect(await session.ended).toMatchObject({ code: 'RTMP_STALLED' });
  });

  it('is asked for a sign of life only while it gives none by itself', async () => {
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;

    for (let second = 0; second < 10; second += 1) {
      for (let index = 0; index < 40; index += 1) {
        session.write(frame(second * 1000 + index * 25, 300));
      }
      await roundTrip(peer);
      time.advance(1000);
    }

    expect(peer.messages.filter(({ typeId, payload }) => typeId === 4 && payload[1] === 6)).toEqual(
      [],
    );
    expect(session.stats().state).toBe('publishing');
  });
});

describe('a server that is too slow', () => {
  it('gets no more than 2 s behind when it says what it has', async () => {
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;
    for (let index = 0; index < 100; index += 1) session.write(frame(index * 20, 200));
    await roundTrip(peer);
    const before = session.stats().bytesSent;

    peer.connections[0]?.socket.pause();
    for (let index = 100; index < 400; index += 1) {
      session.write(frame(index * 20, 200));
      time.advance(20);
      await Promise.resolve();
    }

    // A window of 8192, 4096 and 2 s of 10 kB until it counts as late, and nothing after that.
    const { bytesSent, queuedMs, droppedTags } = session.stats();
    expect(bytesSent - before).toBeLessThan(8192 + 4096 + 21_000 + 2 * 8192);
    expect(queuedMs).toBeGreaterThan(1900);
    expect(droppedTags).toBeGreaterThan(0);
  });

  it('floods us, and is left', async () => {
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;

    // Audio, which a publisher has no use for: 140 bytes each.
    const message = Buffer.concat([
      Buffer.from('040000000000800800000000', 'hex'),
      Buffer.alloc(128),
    ]);
    peer.connections[0]?.send(Buffer.alloc(9_100_000, message));
    await roundTrip(peer);
    time.advance(1000);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_STALLED',
      detail: 'the server floods us',
    });
  });
});
