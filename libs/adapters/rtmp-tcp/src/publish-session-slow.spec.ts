import { describe, expect, it } from 'vitest';
import type { PublishSession } from './index.ts';
import { frame, PING, publishWorld, roundTrip } from '../../../../test/support/publish-world.ts';

describe('a server that stops reading', () => {
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

  it('gets the newest 2 s when it reads again, whole frames in order', async () => {
    const { peer, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;

    const lastMs = flood(session);
    const { queuedBytes, droppedTags } = session.stats();
    peer.connections[0]?.socket.resume();
    await peer.until(() => peer.tags.at(-1)?.timestampMs === lastMs);

    // 21 frames of the queue and the one the kernel has taken a part of.
    expect(queuedBytes).toBeLessThanOrEqual(22 * (FRAME_BYTES + 300));
    expect(droppedTags).toBe(40 - 1 - 21);
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
