import type { FlvTag } from '#protocol/flv';
import { PcmAacEncoder } from '#testkit';
import type { AudioFormat, Sink } from '#media';
import { createAudioPath } from '#media';

export const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };
export const PCMA: AudioFormat = { codec: 'PCMA', clockRate: 8000, channels: 1 };
export const BOTH_LAWS = new Map<number, AudioFormat>([
  [0, PCMU],
  [8, PCMA],
]);
export const SEED = 20_261_122;
/** Samples at 8 kHz by which the resampler delays everything. */
export const FILTER_DELAY = 10;

export class TagList implements Sink<FlvTag> {
  readonly tags: FlvTag[] = [];
  isEnded = false;
  write(tag: FlvTag): void {
    this.tags.push(tag);
  }
  tick(): void {
    // A list has no use for time.
  }
  end(): void {
    this.isEnded = true;
  }
  describe(): string {
    return 'list';
  }
}

export function audioPathWorld({
  payloadTypes = BOTH_LAWS,
  jitter = { minMs: 60, maxMs: 60 },
} = {}) {
  const encoder = new PcmAacEncoder();
  const outlet = new TagList();
  const path = createAudioPath({ payloadTypes, jitter, encoder });
  path.fanOut.add(outlet);
  path.start();
  return { path, encoder, outlet };
}

/** Where the sound begins: the first sample that is not silence. */
export const onsetOf = (samples: readonly number[]) =>
  samples.findIndex((sample) => Math.abs(sample) > 100);
