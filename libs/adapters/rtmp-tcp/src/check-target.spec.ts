import { describe, expect, it, onTestFinished } from 'vitest';
import { parseRtmpUrl } from '#protocol/rtmp';
import { RtmpPeer, SeededRandom, VirtualTime } from '#testkit';
import type { PeerBehaviour } from '#testkit';
import { checkTarget } from './check-target.ts';

const KEY = 'studio-1?sign=s3cr3t';

/** Checks a server of the test; its second passes when the server has the first frames. */
async function check(behaviour: PeerBehaviour, url?: (peer: RtmpPeer) => string) {
  const peer = await RtmpPeer.start(behaviour);
  onTestFinished(() => peer.stop());
  const time = new VirtualTime();
  const outcome = checkTarget({
    target: parseRtmpUrl(url?.(peer) ?? peer.url('live', KEY), url === undefined ? undefined : KEY),
    clock: time,
    timers: time,
    random: new SeededRandom(1),
  });
  const progress = { isOver: false };
  void outcome.then(() => (progress.isOver = true));
  while (!progress.isOver) {
    await new Promise((turn) => setImmediate(turn));
    // Steps take no virtual time here; what is published does.
    if (peer.commands.some(([name]) => name === 'publish')) time.advance(100);
  }
  return { peer, attempt: await outcome };
}

describe('a check of a target', () => {
  it('publishes a second of silence, says good-bye, and tells every step', async () => {
    const { peer, attempt } = await check({});

    expect(attempt.failure).toBeNull();
    expect(attempt.steps.map(({ step }) => step)).toEqual([
      'resolve',
      'connect',
      'handshake',
      'application',
      'stream',
      'publish',
      'media',
    ]);
    expect(attempt.enhancedRtmp).toBeNull();
    await peer.until(() => peer.commands.some(([name]) => name === 'deleteStream'));
    const audio = peer.tags.filter(({ kind }) => kind === 'audio');
    expect(audio.length).toBeGreaterThanOrEqual(44);
    expect(audio.length).toBeLessThanOrEqual(46);
  });

  it('tells where a server that is not there ends it', async () => {
    const { attempt } = await check({}, () => 'rtmp://127.0.0.1:1/live');

    expect(attempt.steps.map(({ step }) => step)).toEqual(['resolve']);
    expect(attempt.failure).toMatchObject({ code: 'RTMP_UNREACHABLE' });
    expect(JSON.stringify(attempt)).not.toContain('s3cr3t');
  });
});
