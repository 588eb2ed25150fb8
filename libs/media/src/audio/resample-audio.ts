import type { Micros } from '#foundation';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { MAX_DURATION_MS } from './packet-window.ts';
import { TICKS_PER_SECOND } from './pcm.ts';
import type { FilledPcm, PcmFrame } from './pcm.ts';
import type { Playout } from './playout.ts';
import { Resampler } from './resampler.ts';

interface ResampleAudioOptions {
  /** Of the frames given. */
  readonly sampleRate: number;
  /** Of the frames given. */
  readonly channels: 1 | 2;
  readonly playout: Playout;
}

/** Room for the rounding and the tail of a conversion, in samples. */
const SPARE_SAMPLES = 512;

class ResampleAudio extends PassingStage<FilledPcm, PcmFrame> {
  readonly #playout: Playout;
  readonly #sampleRate: number;
  readonly #channels: 1 | 2;
  readonly #frameSamples: number;
  /** Ready to go out. */
  readonly #ready: Int16Array;
  /** The front of it. */
  readonly #frame: Int16Array;
  /** Per channel. */
  #readyCount = 0;
  #resampler: Resampler;

  constructor(next: Sink<PcmFrame>, { sampleRate, channels, playout }: ResampleAudioOptions) {
    super(next);
    this.#playout = playout;
    this.#sampleRate = sampleRate;
    this.#channels = channels;
    this.#frameSamples = sampleRate / TICKS_PER_SECOND;
    const most = this.#frameSamples + (sampleRate * MAX_DURATION_MS) / 1000 + SPARE_SAMPLES;
    this.#ready = new Int16Array(Math.ceil(most) * channels);
    this.#frame = this.#ready.subarray(0, this.#frameSamples * channels);
    this.#resampler = this.#resamplerFrom(sampleRate);
    this.#tell();
  }

  write(piece: FilledPcm): void {
    const ready = this.#ready;
    if (piece.sampleRate !== this.#resampler.inputRate) {
      this.#readyCount += this.#resampler.drain(ready, this.#readyCount);
      this.#resampler = this.#resamplerFrom(piece.sampleRate);
    }
    const { speed } = this.#playout;
    this.#readyCount += this.#resampler.convert(piece, speed, ready, this.#readyCount);
    this.#tell();
  }

  override tick(now: Micros): void {
    const frameLength = this.#frame.length;
    const readyLength = this.#readyCount * this.#channels;
    if (readyLength < frameLength) this.#ready.fill(0, readyLength, frameLength);
    this.next.write(this.#frame);
    if (readyLength > frameLength) this.#ready.copyWithin(0, frameLength, readyLength);
    this.#readyCount = Math.max(0, this.#readyCount - this.#frameSamples);
    this.#tell();
    super.tick(now);
  }

  protected name(): string {
    const inputRate = this.#resampler.inputRate;
    const rates = inputRate === this.#sampleRate ? inputRate : `${inputRate}>${this.#sampleRate}`;
    return `resample(${rates}${this.#channels === 2 ? ' stereo' : ''})`;
  }

  #resamplerFrom(inputRate: number): Resampler {
    return new Resampler({ inputRate, outputRate: this.#sampleRate, channels: this.#channels });
  }

  #tell(): void {
    const { speed } = this.#playout;
    const missing = this.#resampler.inputFor(this.#frameSamples - this.#readyCount, speed);
    this.#playout.missingMs = (missing * 1000) / this.#resampler.inputRate;
    this.#playout.aheadMs = (this.#readyCount * 1000) / this.#sampleRate;
  }
}

/**
 * Takes sound of any length at any codec's rate, gives exactly 20 ms at the rate of the path at every tick, played at
 * the speed that the playout has.
 *
 * @remarks Delay: half a filter, 1.5 ms at 8 kHz. Memory: what is ready beyond a frame, one packet at most. Nothing is
 * dropped; were a frame short, its end would be silent. A change of the codec's rate begins a new filter.
 */
export function resampleAudio(options: ResampleAudioOptions): Stage<FilledPcm, PcmFrame> {
  return (next) => new ResampleAudio(next, options);
}
