import type { Micros } from '#foundation';
import type { FlvTag } from '#protocol/flv';
import type { FanOut } from '../outlet/fan-out.ts';
import { chain } from '../stage.ts';
import type { Sink } from '../stage.ts';
import type { AacEncoder } from './aac-encoder.ts';
import { encodeAac } from './encode-aac.ts';
import type { PcmFrame } from './pcm.ts';
import { tagAac } from './tag-aac.ts';

/** More frames than any encoder holds back and mixes into what follows. */
const FRAMES_OF_MEMORY = 4;

/** Moves tags behind the time for which none were made. */
class Shift implements Sink<FlvTag> {
  readonly #fanOut: FanOut;
  shiftMs = 0;
  isMuted = false;
  /** Of the last tag, heard or not; undefined before the first frame. */
  lastMs: number | undefined;

  constructor(fanOut: FanOut) {
    this.#fanOut = fanOut;
  }

  write(tag: FlvTag): void {
    const timestampMs = Math.floor(tag.timestampMs + this.shiftMs);
    if (tag.isSequenceHeader !== true) this.lastMs = timestampMs;
    if (!this.isMuted) this.#fanOut.write({ ...tag, timestampMs });
  }

  tick(now: Micros): void {
    this.#fanOut.tick(now);
  }

  end(): void {
    this.#fanOut.end();
  }

  describe(): string {
    return this.#fanOut.describe();
  }
}

class AacOnDemand implements Sink<PcmFrame> {
  readonly #encoder: AacEncoder;
  readonly #fanOut: FanOut;
  readonly #shift: Shift;
  readonly #encoding: Sink<PcmFrame>;
  /** Not encoded since the last that was, in samples per channel of the source. */
  #rested = 0;

  constructor(encoder: AacEncoder, fanOut: FanOut) {
    this.#encoder = encoder;
    this.#fanOut = fanOut;
    this.#shift = new Shift(fanOut);
    this.#encoding = chain<PcmFrame>().to(encodeAac(encoder)).to(tagAac(encoder)).into(this.#shift);
  }

  write(pcm: PcmFrame): void {
    if (this.#fanOut.outletCount === 0) {
      this.#rest(pcm.length / this.#encoder.channels);
      return;
    }
    if (this.#rested > 0) this.#wake();
    this.#encoding.write(pcm);
  }

  tick(now: Micros): void {
    this.#encoding.tick(now);
  }

  end(): void {
    this.#encoding.end();
  }

  describe(): string {
    return this.#encoding.describe();
  }

  /** Who joins while nothing is encoded begins where the next frame will stand. */
  #rest(sampleCount: number): void {
    this.#rested += sampleCount;
    this.#fanOut.skipTo(Math.floor((this.#shift.lastMs ?? 0) + this.#msOf(this.#rested)));
  }

  /** What the encoder remembers is of another time: it is driven out by silence, which nobody hears. */
  #wake(): void {
    const { sourceRate, sampleRate, frameSamples, channels } = this.#encoder;
    const memory = Math.ceil((FRAMES_OF_MEMORY * frameSamples * sourceRate) / sampleRate);
    const silence = this.#shift.lastMs === undefined ? 0 : Math.min(this.#rested, memory);
    this.#shift.isMuted = true;
    if (silence > 0) this.#encoding.write(new Int16Array(silence * channels));
    this.#shift.isMuted = false;
    this.#shift.shiftMs += this.#msOf(this.#rested - silence);
    this.#rested = 0;
  }

  #msOf(sampleCount: number): number {
    return (sampleCount * 1000) / this.#encoder.sourceRate;
  }
}

/**
 * Takes PCM, gives AAC tags to the fan-out as `encodeAac` and `tagAac` do, but encodes only while somebody listens: with the
 * sound that comes after an outlet has joined it begins. Timestamps go on with the time that has passed.
 *
 * @remarks No delay besides the encoder's.
 */
export function aacOnDemand(encoder: AacEncoder, fanOut: FanOut): Sink<PcmFrame> {
  return new AacOnDemand(encoder, fanOut);
}
