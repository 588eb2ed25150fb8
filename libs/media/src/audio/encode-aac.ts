import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AacEncoder } from './aac-encoder.ts';
import type { PcmFrame } from './pcm.ts';

/** One raw AAC frame. Lent. */
export type AacFrame = Uint8Array;

class EncodeAac extends PassingStage<PcmFrame, AacFrame> {
  readonly #encoder: AacEncoder;
  readonly #onFrame = (frame: AacFrame): void => this.next.write(frame);

  constructor(next: Sink<AacFrame>, encoder: AacEncoder) {
    super(next);
    this.#encoder = encoder;
  }

  write(pcm: PcmFrame): void {
    this.#encoder.encode(pcm, this.#onFrame);
  }

  override end(): void {
    this.#encoder.flush(this.#onFrame);
    this.#encoder.close();
    super.end();
  }

  protected name(): string {
    return `aac(${this.#encoder.describe()})`;
  }
}

/**
 * Takes PCM, gives AAC-LC frames of 1024 samples. Delay and memory are the encoder's; it is closed at the end.
 *
 * @see ISO/IEC 14496-3 subpart 4
 */
export function encodeAac(encoder: AacEncoder): Stage<PcmFrame, AacFrame> {
  return (next) => new EncodeAac(next, encoder);
}
