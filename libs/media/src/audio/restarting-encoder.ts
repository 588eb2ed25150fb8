import { SILENT_FRAMES } from '#protocol/aac';
import type { AacEncoder } from './aac-encoder.ts';

/** An encoder that fails again and again will not get better: so many restarts, and the call ends. */
const MOST_RESTARTS = 5;
/** The restarts that are counted, by the sound that was encoded since. */
const WINDOW_SECONDS = 60;

/** Each encoder that was started failed, too often to go on. The last failure is the cause. */
export class EncoderGaveUpError extends Error {
  constructor(cause: unknown) {
    super(`the AAC encoder failed ${MOST_RESTARTS + 1} times within a minute: ${String(cause)}`, {
      cause,
    });
    this.name = 'EncoderGaveUpError';
  }
}

/** What a restarting encoder works with. */
export interface RestartingEncoderOptions {
  /** Makes encoders that are all alike. */
  readonly create: () => AacEncoder;
  /** Told of each failure that a fresh encoder follows. */
  readonly onRestart: (cause: unknown) => void;
}

/**
 * Encodes with one encoder after the other: one that throws (a trap of WebAssembly, an error of a native library) is closed
 * and the next takes its place, with the next sound. The stream has no gap: for the frames that were lost silent ones go
 * out, 2 or 3 for each failure, and the sound stays in its place to a sample of the source.
 */
class RestartingEncoder implements AacEncoder {
  readonly audioSpecificConfig: Uint8Array;
  readonly sampleRate: number;
  readonly frameSamples = 1024;
  readonly sourceRate: number;
  readonly channels: 1 | 2;
  readonly primingSamples: number;
  readonly #options: RestartingEncoderOptions;
  readonly #description: string;
  /** Undefined from a failure to the next sound, and at the end. */
  #encoder: AacEncoder | undefined;
  #isClosed = false;
  #samplesIn = 0;
  #framesOut = 0;
  /** When, in samples of the source. */
  #restarts: number[] = [];
  #onFrame: (frame: Uint8Array) => void = () => undefined;
  readonly #give = (frame: Uint8Array): void => {
    this.#framesOut += 1;
    this.#onFrame(frame);
  };

  constructor(options: RestartingEncoderOptions) {
    this.#options = options;
    const encoder = options.create();
    this.#encoder = encoder;
    this.audioSpecificConfig = encoder.audioSpecificConfig;
    this.sampleRate = encoder.sampleRate;
    this.sourceRate = encoder.sourceRate;
    this.channels = encoder.channels;
    this.primingSamples = encoder.primingSamples;
    this.#description = encoder.describe();
  }

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    if (this.#isClosed) return;
    this.#onFrame = onFrame;
    const before = this.#samplesIn;
    this.#samplesIn += pcm.length / this.channels;
    this.#attempt(() => {
      this.#encoder ??= this.#replacement(before);
      this.#encoder.encode(pcm, this.#give);
    });
  }

  flush(onFrame: (frame: Uint8Array) => void): void {
    if (this.#isClosed) return;
    this.#onFrame = onFrame;
    this.#attempt(() => this.#encoder?.flush(this.#give));
    this.#silenceUntil(this.#framesBefore(this.#samplesIn));
  }

  close(): void {
    this.#isClosed = true;
    const encoder = this.#encoder;
    this.#encoder = undefined;
    encoder?.close();
  }

  describe(): string {
    return this.#description;
  }

  #attempt(run: () => void): void {
    try {
      run();
    } catch (cause) {
      this.#drop();
      this.#count(cause);
      this.#options.onRestart(cause);
    }
  }

  /** What it still holds is lost; that it cannot even be closed tells nothing new. */
  #drop(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    try {
      encoder?.close();
    } catch {
      // The failure that led here is the one to tell of.
    }
  }

  #count(cause: unknown): void {
    const oldest = this.#samplesIn - WINDOW_SECONDS * this.sourceRate;
    this.#restarts = this.#restarts.filter((at) => at > oldest);
    if (this.#restarts.length === MOST_RESTARTS) throw new EncoderGaveUpError(cause);
    this.#restarts.push(this.#samplesIn);
  }

  /**
   * An encoder whose frames follow those that went out: it begins where a frame of the stream begins, with silence up to the
   * sound that is due.
   *
   * @param at The samples that came before that sound.
   */
  #replacement(at: number): AacEncoder {
    const encoder = this.#options.create();
    // Known at once, so that it is closed too if it fails here.
    this.#encoder = encoder;
    this.#silenceUntil(this.#framesBefore(at));
    const start = (this.#framesOut * this.frameSamples * this.sourceRate) / this.sampleRate;
    const pause = Math.max(0, Math.round(at - start));
    if (pause > 0) encoder.encode(new Int16Array(pause * this.channels), this.#give);
    return encoder;
  }

  /** Whole frames of the stream that so many samples of the source fill. */
  #framesBefore(samples: number): number {
    return Math.floor((samples * this.sampleRate) / (this.sourceRate * this.frameSamples));
  }

  #silenceUntil(count: number): void {
    while (this.#framesOut < count) this.#give(SILENT_FRAMES[this.channels]);
  }
}

/**
 * An encoder that outlives its failures.
 *
 * @remarks Throws what the first `create` throws. `encode` and `flush` throw {@link EncoderGaveUpError} at the sixth failure
 * within a minute of sound.
 */
export function restartingEncoder(options: RestartingEncoderOptions): AacEncoder {
  return new RestartingEncoder(options);
}
