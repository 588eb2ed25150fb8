import { describe, expect, it } from 'vitest';
import type { PeerBehaviour, PeerStep } from '#testkit';
import { KEY, frame, publishWorld } from '../../../../test/support/publish-world.ts';

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
      const { peer, time, open } = await publishWorld(behaviour);
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
    const { peer, time, open } = await publishWorld();
    await peer.stop();

    expect(await open().ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'nothing listens on this port (ECONNREFUSED)',
    });
    expect(time.pendingCount).toBe(0);
  });

  it('is unreachable when the connection does not stand in time', async () => {
    const { time, open } = await publishWorld();
    const session = open({ connectTimeoutMs: 3000 });

    time.advance(3000);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'the TCP connection did not come within 3000 ms',
    });
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
    const { peer, time, open } = await publishWorld({ stallAt });
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
    const { peer, time, open } = await publishWorld();
    const session = open();
    await session.ready;

    peer.hangUp(how);

    expect(await session.ended).toMatchObject({ code: 'RTMP_LOST' });
    expect(() => session.write(frame(0))).not.toThrow();
    expect(time.pendingCount).toBe(0);
  });

  it('before the server has answered names the step', async () => {
    const { peer, open } = await publishWorld({ stallAt: 'createStream' });
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
    const { peer, open } = await publishWorld({ stallAt: 'media' });
    const session = open();
    await session.ready;

    const closing = session.close();
    peer.hangUp('reset');
    await closing;

    expect(await session.ended).toBe('closed');
  });

  it('is noticed when the server ends the stream in words', async () => {
    const { peer, open } = await publishWorld();
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
