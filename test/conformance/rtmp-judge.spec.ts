import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AdobeVerifier, LlnwVerifier, RtmpPeer } from '#testkit';
import type { PeerBehaviour } from '#testkit';

/** Publishes a tone with ffmpeg's own RTMP client; tells how it ended. */
async function publishWithFfmpeg(url: string, ms = 500): Promise<{ code: number; log: string }> {
  const source = `sine=frequency=440:duration=${ms / 1000}:sample_rate=44100`;
  const input = ['-v', 'info', '-f', 'lavfi', '-i', source];
  const child = spawn('ffmpeg', [...input, '-c:a', 'aac', '-f', 'flv', url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = text(child.stderr);
  const [code] = (await once(child, 'close')) as [number];
  return { code, log: await log };
}

async function startPeer(behaviour: PeerBehaviour): Promise<RtmpPeer> {
  const peer = await RtmpPeer.start(behaviour);
  onTestFinished(() => peer.stop());
  return peer;
}

const login = (peer: RtmpPeer, password: string): string =>
  peer.url('live', 'x').replace('://', `://anna:${password}@`);

describe('the RTMP server that judges us, judged by ffmpeg', () => {
  it('takes a stream, chunk for chunk', async () => {
    const peer = await startPeer({ handshake: 'digest' });

    const { code, log } = await publishWithFfmpeg(peer.url('live', 'x'));

    expect({ code, log }).toMatchObject({ code: 0 });
    expect(peer.connections.map(({ complaint }) => complaint)).toEqual([undefined]);
    expect(peer.connections[0]?.key).toBe('x');
    const audio = peer.tags.filter(({ kind }) => kind === 'audio');
    expect(audio.length).toBeGreaterThan(20);
    expect(audio.at(-1)?.timestampMs).toBeGreaterThan(450);
  });

  it.each([
    { scheme: 'adobe', verifier: () => new AdobeVerifier({ anna: 'secret-1' }) },
    {
      scheme: 'adobe without an opaque value',
      verifier: () => new AdobeVerifier({ anna: 'secret-1' }, { hasOpaque: false }),
    },
    { scheme: 'llnw', verifier: () => new LlnwVerifier({ anna: 'secret-1' }) },
  ])('lets in who knows the password: $scheme', async ({ verifier }) => {
    const behaviour = { verifier: verifier() };
    const peer = await startPeer(behaviour);

    const { code, log } = await publishWithFfmpeg(login(peer, 'secret-1'), 100);
    expect({ code, log }).toMatchObject({ code: 0 });
    expect(peer.connectionCount).toBe(3);

    const wrong = await publishWithFfmpeg(login(peer, 'secret-2'), 100);
    expect(wrong.code).not.toBe(0);
    expect(behaviour.verifier.refusedCount).toBe(1);
  });
});
