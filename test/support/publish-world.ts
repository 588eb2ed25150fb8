import { onTestFinished } from 'vitest';
import { aacFrameTag, aacSequenceHeaderTag } from '#protocol/flv';
import { parseRtmpUrl } from '#protocol/rtmp';
import { RtmpPeer, SeededRandom, VirtualTime } from '#testkit';
import type { PeerBehaviour } from '#testkit';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { PublishOptions, PublishSession } from '#adapters/rtmp-tcp';

/** Stream key with a secret in it. */
export const KEY = 'studio-1?sign=s3cr3t';
export const HEADER = aacSequenceHeaderTag(Uint8Array.of(0x12, 0x08), 0);
export const frame = (timestampMs: number, sizeBytes = 100) =>
  aacFrameTag(new Uint8Array(sizeBytes).fill(timestampMs & 0xff), timestampMs);

/** A PING of the server, as bytes: the client answers it. */
export const PING = '020000000000060400000000000600000000';

interface PublishWorld {
  readonly peer: RtmpPeer;
  readonly time: VirtualTime;
  readonly open: (options?: Partial<PublishOptions>) => PublishSession;
}

/** A server of the test and sessions to it; both end with the test. */
export async function publishWorld(behaviour: PeerBehaviour = {}): Promise<PublishWorld> {
  const peer = await RtmpPeer.start(behaviour);
  onTestFinished(() => peer.stop());
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
    onTestFinished(async () => {
      session.destroy();
      await session.ended;
    });
    return session;
  };
  return { peer, time, open };
}

/** Resolves when the client has read everything the peer has sent so far. */
export async function roundTrip(peer: RtmpPeer): Promise<void> {
  const pongs = (): number =>
    peer.messages.filter(({ typeId, payload }) => typeId === 4 && payload[1] === 7).length;
  const before = pongs();
  peer.connections[0]?.send(Buffer.from(PING, 'hex'));
  await peer.until(() => pongs() > before);
}

export const names = (peer: RtmpPeer): unknown[] => peer.commands.map(([name]) => name);
