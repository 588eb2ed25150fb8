import type { Micros } from '#foundation';
import { aacFrameTag, aacSequenceHeaderTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AacFrame } from './encode-aac.ts';

interface TagAacOptions {
  readonly audioSpecificConfig: Uint8Array;
  readonly sampleRate: number;
  readonly frameSamples: number;
}

class TagAac extends PassingStage<AacFrame, FlvTag> {
  readonly #options: TagAacOptions;
  #frameCount = 0;
  #hasHeader = false;

  constructor(next: Sink<FlvTag>, options: TagAacOptions) {
    super(next);
    this.#options = options;
  }

  write(frame: AacFrame): void {
    this.#giveHeader();
    const { sampleRate, frameSamples } = this.#options;
    const timestampMs = Math.floor((this.#frameCount * frameSamples * 1000) / sampleRate);
    this.#frameCount += 1;
    this.next.write(aacFrameTag(frame, timestampMs));
  }

  override tick(now: Micros): void {
    this.#giveHeader();
    super.tick(now);
  }

  protected name(): string {
    return 'flv';
  }

  #giveHeader(): void {
    if (this.#hasHeader) return;
    this.#hasHeader = true;
    this.next.write(aacSequenceHeaderTag(this.#options.audioSpecificConfig, 0));
  }
}

/**
 * Takes AAC frames, gives FLV tags that may be kept, the sequence header first. No delay, no memory.
 * Times come from the count of all samples since the beginning, so that rounding never adds up.
 *
 * @see Adobe Flash Video File Format 10.1 section E.4.2
 */
export function tagAac(options: TagAacOptions): Stage<AacFrame, FlvTag> {
  return (next) => new TagAac(next, options);
}
