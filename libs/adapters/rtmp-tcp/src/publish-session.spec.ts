import { afterEach, describe, expect, it } from 'vitest';
import { aacFrameTag, aacSequenceHeaderTag, parseMetadataBody } from '#protocol/flv';
import { parseRtmpUrl } from '#protocol/rtmp';
import { RtmpPeer, SeededRandom, VirtualTime } from '#testkit';
import type { PeerBehaviour, PeerStep } from '#testkit';
import { openPublishSession } from './index.ts';
import type { PublishOptions, PublishSession } from './index.ts';

const KEY = 'studio-1?sign=s3cr3t';
const HEADER = aacSequenceHeaderTag(Uint8Array.of(0x12, 0x08), 0);
const frame = (timestampMs: number, sizeBytes = 100) =>
  aacFrameTag(new Uint8Array(sizeBytes).fill(timestampMs & 0xff), timestampMs);

const PING = '020000000000060400000000000600000000';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface World {
  readonly peer: RtmpPeer;
  readonly time: VirtualTime;
  readonly open: (options?: Partial<PublishOptions>) => PublishSession;
}

async function setup(behaviour: PeerBehaviour = {}): Promise<World> {
  const peer = await RtmpPeer.start(behaviour);
  cleanups.push(() => peer.stop());
  const time = new VirtualTime();
  const target = parseRtmpUrl(peer.url('live', KEY));
  const open = (options: Partial<PublishOptions> = {}): PublishSession => {
    const session = openPublishSession({
      target,
      metadata: { audiocodecid: 10 },
      headers: [HEADER],
      clock: time,
      timers: time,
      random: new SeededRandom(1),
      ...options,
    });
    cleanups.push(async () => {
      session.destroy();
      await session.ended;
    });
    return session;
  };
  return { peer, time, open };
}

/** Resolves when the client has read everything the peer has sent so far. */
async function roundTrip(peer: RtmpPeer): Promise<void> {
  const pongs = (): number => peer.messages.filter(({ typeId }) => typeId === 4).length;
  const before = pongs();
  peer.connections[0]?.send(Buffer.from(PING, 'hex'));
  await peer.until(() => pongs() > before);
}

const names = (peer: RtmpPeer): unknown[] => peer.commands.map(([name]) => name);

describe('a publish session', () => {
  it('is ready when the server has accepted the stream, and sends metadata and headers first', async () => {
    const { peer, open } = await setup();
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
    const { peer, open } = await setup();
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
    const { peer, open } = await setup();
    const session = open();
    session.write(frame(0));

    await session.ready;
    session.write(frame(40));
    await peer.until(() => peer.tags.length === 3);

    expect(peer.tags.at(-1)?.timestampMs).toBe(40);
  });

  it('says good-bye when closed, and is closed once', async () => {
    const { peer, time, open } = await setup();
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
    const { peer, time, open } = await setup({ stallAt: 'media' });
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
    const { peer, time, open } = await setup({ stallAt: 'connect' });
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
    const { peer, time, open } = await setup();
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
    const { open } = await setup();
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
    const { peer, open } = await setup();
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

describe('a server that says no', () => {
  it.each([
    {
      name: 'the key is in use',
      behaviour: {
        refusePublish: { code: 'NetStream.Publish.BadName', description: `${KEY} is taken` },
      },
      failure: {
        code: 'RTMP_KEY_IN_USE',
        detail: 'NetStream.Publish.BadName: [secret] is taken',
      },
    },
    {
      name: 'the publish is denied',
      behaviour: { refusePublish: { code: 'NetStream.Publish.Denied' } },
      failure: { code: 'RTMP_REFUSED', detail: 'NetStream.Publish.Denied' },
    },
    {
      name: 'the connection is rejected',
      behaviour: { rejectConnect: { code: 'NetConnection.Connect.Rejected', description: 'no' } },
      failure: { code: 'RTMP_REFUSED', detail: 'NetConnection.Connect.Rejected: no' },
    },
    {
      name: 'the chunk size is 0',
      behaviour: { answerConnectWith: Buffer.from('02000000000004010000000000000000', 'hex') },
      failure: { code: 'RTMP_PROTOCOL', detail: 'a chunk size of 0 is not allowed' },
    },
  ] satisfies { name: string; behaviour: PeerBehaviour; failure: object }[])(
    'fails when $name',
    async ({ behaviour, failure }) => {
      const { peer, time, open } = await setup(behaviour);
      const session = open();

      expect(await session.ended).toMatchObject(failure);
      await expect(session.ready).rejects.toMatchObject(failure);
      await peer.until(() => peer.openConnections === 0);
      expect(time.pendingCount).toBe(0);
    },
  );
});

describe('a server that is not there', () => {
  it('is unreachable when nothing listens', async () => {
    const { peer, time, open } = await setup();
    cleanups.splice(0);
    await peer.stop();

    expect(await open().ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'nothing listens on this port (ECONNREFUSED)',
    });
    expect(time.pendingCount).toBe(0);
  });

  it('is unreachable when the connection does not stand in time', async () => {
    const { time, open } = await setup();
    const session = open({ connectTimeoutMs: 3000 });

    time.advance(3000);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'the TCP connection did not come within 3000 ms',
    });
  });

  it('is refused for good when it wants TLS', async () => {
    const { open } = await setup();
    const target = parseRtmpUrl('rtmps://127.0.0.1/live', KEY);

    expect(await open({ target }).ended).toMatchObject({ code: 'RTMP_REFUSED' });
  });
});

describe('a server that falls silent', () => {
  const STALLS: readonly { stallAt: PeerStep; waitsFor: string }[] = [
    { stallAt: 'accept', waitsFor: 'handshake' },
    { stallAt: 'handshake', waitsFor: 'handshake' },
    { stallAt: 'connect', waitsFor: 'connect' },
    { stallAt: 'createStream', waitsFor: 'createStream' },
    { stallAt: 'publish', waitsFor: 'publish' },
  ];

  it.each(STALLS)('at $stallAt is given up after 10 s', async ({ stallAt, waitsFor }) => {
    const { peer, time, open } = await setup({ stallAt });
    const session = open();
    await peer.until(() => peer.steps.includes(stallAt));

    // The client has set its deadline before it spoke.
    time.advance(9999);
    expect(session.stats().state).toBe('handshaking');
    time.advance(1);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_TIMEOUT',
      detail: `the answer to ${waitsFor} did not come within 10000 ms`,
    });
    expect(time.pendingCount).toBe(0);
  });
});

describe('a connection that breaks', () => {
  it.each(['fin', 'reset'] as const)('while publishing, by %s', async (how) => {
    const { peer, time, open } = await setup();
    const session = open();
    await session.ready;

    peer.hangUp(how);

    expect(await session.ended).toMatchObject({ code: 'RTMP_LOST' });
    expect(() => session.write(frame(0))).not.toThrow();
    expect(time.pendingCount).toBe(0);
  });

  it('before the server has answered names the step', async () => {
    const { peer, open } = await setup({ stallAt: 'createStream' });
    const session = open();
    await peer.until(() => peer.steps.includes('createStream'));

    peer.hangUp('fin');

    expect(await session.ended).toMatchObject({
      code: 'RTMP_LOST',
      detail: 'the server closed the connection instead of answering to createStream',
    });
    await expect(session.ready).rejects.toMatchObject({ code: 'RTMP_LOST' });
  });

  it('while closing is as good as closed', async () => {
    const { peer, open } = await setup({ stallAt: 'media' });
    const session = open();
    await session.ready;

    const closing = session.close();
    peer.hangUp('reset');
    await closing;

    expect(await session.ended).toBe('closed');
  });

  it('is noticed when the server ends the stream in words', async () => {
    const { peer, open } = await setup();
    const session = open();
    await session.ready;

    const info = { level: 'status', code: 'NetStream.Unpublish.Success' };
    peer.connections[0]?.sendCommand('onStatus', 0, null, info);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_LOST',
      detail: 'NetStream.Unpublish.Success',
    });
  });
});

describe('a server that stops reading', () => {
  const MEGABYTE = 1_048_576;

  /** Writes a megabyte every 100 ms of media until the kernel takes no more and 4 s are over. */
  function flood(session: PublishSession): number {
    let timestampMs = 0;
    for (let more = 40; more > 0; timestampMs += 100) {
      session.write(frame(timestampMs, MEGABYTE));
      if (session.stats().queuedBytes > 0) more -= 1;
    }
    return timestampMs - 100;
  }

  it('gets the newest 2 s when it reads again, whole frames in order', async () => {
    const { peer, open } = await setup({ stallAt: 'media' });
    const session = open();
    await session.ready;

    const lastMs = flood(session);
    const { queuedBytes, droppedTags } = session.stats();
    peer.connections[0]?.socket.resume();
    await peer.until(() => peer.tags.at(-1)?.timestampMs === lastMs);

    // 21 frames of the queue and the one the kernel has taken a part of.
    expect(queuedBytes).toBeLessThanOrEqual(22 * (MEGABYTE + 300));
    expect(droppedTags).toBe(40 - 1 - 21);
    const times = peer.tags.slice(2).map((tag) => tag.timestampMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times.slice(-21)).toEqual(Array.from({ length: 21 }, (_, i) => lastMs - 2000 + i * 100));
    expect(new Set(peer.tags.slice(2).map((tag) => tag.body.length))).toEqual(
      new Set([MEGABYTE + 2]),
    );
  });

  it('is forgiven when it has caught up', async () => {
    const { peer, time, open } = await setup({ stallAt: 'media' });
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
    const { time, open } = await setup({ stallAt: 'media' });
    const session = open();
    await session.ready;
    flood(session);

    time.advance(9000);
    expect(session.stats().state).toBe('publishing');
    time.advance(1000);

    expect(await session.ended).toMatchObject({ code: 'RTMP_STALLED' });
    expect(session.stats().queuedBytes).toBe(0);
    expect(time.pendingCount).toBe(0);
  });

  it('is given up when it acknowledges no more, although the kernel takes every byte', async () => {
    const { peer, time, open } = await setup();
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
    const { peer, open } = await setup({ stallAt: 'media' });
    const session = open();
    await session.ready;
    flood(session);

    peer.connections[0]?.send(Buffer.from(PING, 'hex'));

    expect(await session.ended).toMatchObject({
      code: 'RTMP_STALLED',
      detail: 'the server does not read our answers',
    });
  });
});

describe('a node that may no longer write', () => {
  it('resets the connection at the next write and sends nothing more', async () => {
    const { peer, time, open } = await setup();
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
    const { peer, open } = await setup();
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
    const { peer, open } = await setup();
    const session = open({ fence: () => false });

    expect(await session.ended).toMatchObject({ code: 'RTMP_LOST' });
    expect(peer.steps).toEqual([]);
  });
});
