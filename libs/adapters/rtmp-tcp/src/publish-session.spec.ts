import { describe, expect, it } from 'vitest';
import { parseMetadataBody } from '#protocol/flv';
import {
  KEY,
  HEADER,
  frame,
  publishWorld,
  roundTrip,
  names,
} from '../../../../test/support/publish-world.ts';

describe('a publish session', () => {
  it('is ready when the server has accepted the stream, and sends metadata and headers first', async () => {
    const { peer, open } = await publishWorld();
    const session = open();

    await session.ready;
    session.write(frame(0));
    session.write(frame(23));
    await peer.until(() => peer.tags.length === 4);

    expect(names(peer)).toEqual([
      'connect',
      'releaseStream',
      'FCPublish',
      'createStream',
      'publish',
    ]);
    expect(peer.commands.at(-1)).toEqual(['publish', 5, null, KEY, 'live']);
    const [metadata, ...media] = peer.tags;
    const dataFrameSize = 3 + '@setDataFrame'.length;
    expect(parseMetadataBody(metadata!.body.subarray(dataFrameSize))).toEqual({ audiocodecid: 10 });
    expect(media.map(({ kind, timestampMs }) => [kind, timestampMs])).toEqual([
      ['audio', 0],
      ['audio', 0],
      ['audio', 23],
    ]);
    expect(media[0]?.body.equals(HEADER.body)).toBe(true);
    expect(session.stats()).toMatchObject({ droppedTags: 0, state: 'publishing' });
  });

  it('hands every tag over unchanged, small and large', async () => {
    const { peer, open } = await publishWorld();
    const session = open();
    await session.ready;
    const sizes = [0, 1, 127, 128, 4093, 4094, 4095, 20_000];

    for (const [index, size] of sizes.entries()) session.write(frame(index * 1000, size));
    await peer.until(() => peer.tags.length === sizes.length + 2);

    for (const [index, size] of sizes.entries()) {
      const tag = peer.tags[index + 2];
      expect(tag?.timestampMs).toBe(index * 1000);
      expect(tag?.body.equals(frame(index * 1000, size).body)).toBe(true);
    }
  });

  it('drops what is written before it is ready', async () => {
    const { peer, open } = await publishWorld();
    const session = open();
    session.write(frame(0));

    await session.ready;
    session.write(frame(40));
    await peer.until(() => peer.tags.length === 3);

    expect(peer.tags.at(-1)?.timestampMs).toBe(40);
  });

  it('says good-bye when closed, and is closed once', async () => {
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;
    session.write(frame(0));

    await Promise.all([session.close(), session.close()]);
    await peer.until(() => peer.openConnections === 0);

    expect(names(peer).slice(-3)).toEqual(['FCUnpublish', 'closeStream', 'deleteStream']);
    expect(peer.tags.at(-1)?.timestampMs).toBe(0);
    expect(await session.ended).toBe('closed');
    expect(session.stats().state).toBe('ended');
    expect(time.pendingCount).toBe(0);
  });

  it('waits a second for the server to close, no longer', async () => {
    const { peer, time, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;

    const closing = session.close();
    expect(session.stats().state).toBe('closing');
    time.advance(1000);
    await closing;

    expect(await session.ended).toBe('closed');
    expect(peer.connections).toHaveLength(1);
    expect(time.pendingCount).toBe(0);
  });

  it('can be closed before it is ready', async () => {
    const { peer, time, open } = await publishWorld({ stallAt: 'connect' });
    const session = open();
    await peer.until(() => peer.steps.includes('connect'));

    await session.close();

    expect(await session.ended).toBe('closed');
    await expect(session.ready).rejects.toMatchObject({
      code: 'RTMP_LOST',
      detail: 'closed by us',
    });
    expect(time.pendingCount).toBe(0);
  });

  it('goes at once when destroyed, and ignores what comes after', async () => {
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;

    session.destroy();
    session.destroy();
    session.write(frame(0));
    await session.close();
    await peer.until(() => peer.openConnections === 0);

    expect(names(peer)).not.toContain('FCUnpublish');
    expect(peer.connections[0]?.wasReset).toBe(false);
    expect(await session.ended).toBe('closed');
    expect(time.pendingCount).toBe(0);
  });

  it('sends in one piece what one turn of the event loop brings, and much of it at once', async () => {
    const { open } = await publishWorld();
    const session = open();
    await session.ready;
    await Promise.resolve();
    const before = session.stats().bytesSent;
    const sentSince = () => session.stats().bytesSent - before;

    for (let index = 0; index < 3; index += 1) session.write(frame(index * 23, 200));
    expect(sentSince()).toBe(0);
    await Promise.resolve();
    expect(sentSince()).toBeGreaterThan(600);

    for (let index = 0; index < 50; index += 1) session.write(frame(100 + index * 23, 200));
    expect(sentSince()).toBeGreaterThan(8_000);
  });

  it('counts what the server has acknowledged', async () => {
    const { peer, open } = await publishWorld();
    const session = open();
    await session.ready;

    for (let index = 0; index < 100; index += 1) session.write(frame(index * 23, 200));
    await peer.until(() => peer.tags.length === 102);
    await roundTrip(peer);

    const { bytesSent, bytesAcked } = session.stats();
    expect(bytesSent).toBeGreaterThan(20_000);
    expect(bytesSent - bytesAcked).toBeLessThan(2 * 8192);
  });
});

describe('a server that asks to be left', () => {
  it.each(['rtmp://other.example.com/live', undefined])(
    'for %s is heard, and goes on',
    async (url) => {
      const { peer, open } = await publishWorld();
      const asked: unknown[] = [];
      const session = open({ onReconnectAsked: (...words) => asked.push(words) });
      await session.ready;

      peer.connections[0]?.askToReconnect(url);
      await roundTrip(peer);
      session.write(frame(0));
      await peer.until(() => peer.tags.length === 3);

      expect(asked).toEqual([[url, 'move']]);
      expect(session.stats().state).toBe('publishing');
    },
  );
});

describe('a node that may no longer write', () => {
  it('resets the connection at the next write and sends nothing more', async () => {
    const { peer, time, open } = await publishWorld();
    const lease = { isHeld: true };
    const session = open({ fence: () => lease.isHeld });
    await session.ready;
    session.write(frame(0));
    await peer.until(() => peer.tags.length === 3);

    lease.isHeld = false;
    session.write(frame(23));
    session.write(frame(46));
    await peer.until(() => peer.openConnections === 0);

    expect(peer.tags).toHaveLength(3);
    expect(peer.connections[0]?.wasReset).toBe(true);
    expect(await session.ended).toMatchObject({
      code: 'RTMP_LOST',
      detail: 'this node may no longer write',
    });
    expect(time.pendingCount).toBe(0);
  });

  it('does not say good-bye either', async () => {
    const { peer, open } = await publishWorld();
    const lease = { isHeld: true };
    const session = open({ fence: () => lease.isHeld });
    await session.ready;

    lease.isHeld = false;
    await session.close();
    await peer.until(() => peer.openConnections === 0);

    expect(names(peer)).not.toContain('FCUnpublish');
    expect(await session.ended).toMatchObject({ code: 'RTMP_LOST' });
  });

  it('does not even begin', async () => {
    const { peer, open } = await publishWorld();
    const session = open({ fence: () => false });

    expect(await session.ended).toMatchObject({ code: 'RTMP_LOST' });
    expect(peer.steps).toEqual([]);
  });
});
