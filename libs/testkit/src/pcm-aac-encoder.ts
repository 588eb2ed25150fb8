import type { AacEncoder } from '#media';

/**
 * Stands in for an AAC encoder: its "frames" are 1024 plain samples each, so that a test can listen to what
 * reached the encoder. No resampling.
 */
export class PcmAacEncoder implements AacEncoder {
  readonly audioSpecificConfig = Uint8Array.of(0x15, 0x88);
  readonly sampleRate: number;
  readonly sourceRate: number;
  readonly channels: 1 | 2;
  readonly frameSamples = 1024;
  readonly primingSamples = 0;
  /** All samples encoded so far; two channels are interleaved. */
  readonly heard: number[] = [];
  isClosed = false;
  #pending: number[] = [];

  constructor(sourceRate = 8000, channels: 1 | 2 = 1) {
    this.sampleRate = sourceRate;
    this.sourceRate = sourceRate;
    this.channels = channels;
  }

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    if (this.isClosed) throw new Error('encode after close');
    this.heard.push(...pcm);
    this.#pending.push(...pcm);
    while (this.#pending.length >= this.frameSamples) {
      const frame = Int16Array.from(this.#pending.splice(0, this.frameSamples));
      onFrame(new Uint8Array(frame.buffer));
    }
  }

  flush(onFrame: (frame: Uint8Array) => void): void {
    if (this.#pending.length === 0) return;
    this.encode(new Int16Array(this.frameSamples - this.#pending.length), onFrame);
  }

  close(): void {
    this.isClosed = true;
  }

  describe(): string {
    return 'pcm';
  }
}
