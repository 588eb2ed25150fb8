import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { comfortNoiseAnnouncement } from './audio-decoder.ts';
import type { ComfortNoise } from './comfort-noise.ts';
import type { TimedPacket } from './unwrap-time.ts';

class HearComfortNoise extends PassingStage<TimedPacket, TimedPacket> {
  readonly #noise: ComfortNoise;
  #generation = -1;
  #newest = 0;

  constructor(next: Sink<TimedPacket>, noise: ComfortNoise) {
    super(next);
    this.#noise = noise;
  }

  write(packet: TimedPacket): void {
    if (packet.generation !== this.#generation || packet.sequence > this.#newest) {
      this.#generation = packet.generation;
      this.#newest = packet.sequence;
      if (packet.duration > 0) this.#noise.isAnnounced = false;
      else if (packet.decoder === comfortNoiseAnnouncement) this.#follow(packet);
    }
    this.next.write(packet);
  }

  protected name(): string {
    return 'noise';
  }

  #follow({ rtp: { bytes, payloadOffset, payloadLength } }: TimedPacket): void {
    this.#noise.follow(bytes.subarray(payloadOffset, payloadOffset + payloadLength));
  }
}

/**
 * Learns from comfort noise packets how the sender's background sounds, and from the newest packet whether the sender
 * pauses. Passes all on unchanged: they keep the sequence complete. No delay, no memory.
 *
 * @see RFC 3389
 */
export function hearComfortNoise(noise: ComfortNoise): Stage<TimedPacket, TimedPacket> {
  return (next) => new HearComfortNoise(next, noise);
}
