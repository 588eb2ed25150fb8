import { Extrapolator, PAST_MS } from './extrapolator.ts';

/** Full loudness for this long, then down by a fifth of it every 10 ms: silence at 60 ms. */
const HOLD_MS = 10;
/** After this much invention there is silence. */
export const FADE_MS = 60;

/** Where the samples of one channel are among those of all. */
export interface ChannelPlace {
  readonly channel: number;
  readonly channels: number;
}

/** Sound behind a hole, of all channels. */
export interface Following {
  /** Empty if it is not known. */
  readonly samples: Int16Array;
  /** Samples per channel between what is to be invented now and the first of them. */
  readonly distance: number;
}

/** Invents the sound of one channel for the time of one hole. */
export class HoleFiller {
  readonly #place: ChannelPlace;
  readonly #holdSamples: number;
  readonly #fadeSamples: number;
  /** The sound before the hole. */
  readonly #past: Float32Array;
  readonly #forward: Extrapolator;
  /** The sound behind the hole, the first sample last. */
  readonly #reversed: Float32Array;
  readonly #backward: Extrapolator;
  /** What leads to the sound behind, the last sample first. */
  readonly #approach: Float32Array;
  #invented = 0;
  /** How much was missing when the sound behind came to be known; 0 before. */
  #bridge = 0;

  constructor(sampleRate: number, place: ChannelPlace) {
    const samples = (ms: number): number => Math.ceil((ms * sampleRate) / 1000);
    this.#place = place;
    this.#holdSamples = samples(HOLD_MS);
    this.#fadeSamples = samples(FADE_MS);
    this.#past = new Float32Array(samples(PAST_MS));
    this.#reversed = new Float32Array(samples(PAST_MS));
    this.#approach = new Float32Array(samples(FADE_MS));
    this.#forward = new Extrapolator(sampleRate);
    this.#backward = new Extrapolator(sampleRate);
  }

  /** @param past Of all channels; its end is the begin of the hole. */
  begin(past: Int16Array): void {
    const { channel, channels } = this.#place;
    const own = this.#past;
    const first = past.length - own.length * channels + channel;
    for (let i = 0; i < own.length; i++) own[i] = past[first + i * channels] ?? 0;
    this.#forward.begin(own, own.length);
    this.#invented = 0;
    this.#bridge = 0;
  }

  /** Writes the channel's part of all of `out`. */
  fill(out: Int16Array, following: Following): void {
    const { channel, channels } = this.#place;
    const missing = out.length / channels + following.distance;
    const isBridged = following.samples.length > 0 && missing <= this.#approach.length;
    if (isBridged) this.#lookBack(following.samples, missing);
    let left = missing;
    for (let at = channel; at < out.length; at += channels) {
      left -= 1;
      const onward = this.#nextOnward();
      if (isBridged) {
        const share = 0.5 - 0.5 * Math.cos(Math.PI * (1 - (left + 0.5) / this.#bridge));
        const back = (this.#approach[left] ?? 0) * this.#gainAt(left);
        out[at] = clipped(onward * (1 - share) + back * share);
      } else {
        out[at] = clipped(onward);
      }
    }
  }

  /** Fades from the invention into real sound. */
  join(real: Int16Array, sampleCount: number): void {
    const { channel, channels } = this.#place;
    for (let i = 0; i < sampleCount; i++) {
      const at = i * channels + channel;
      const share = (i + 1) / (sampleCount + 1);
      real[at] = clipped((real[at] ?? 0) * share + this.#nextOnward() * (1 - share));
    }
  }

  /** Dies away in the first `sampleCount` samples; after that there is silence. */
  release(out: Int16Array, sampleCount: number): void {
    const { channel, channels } = this.#place;
    for (let i = 0; i < sampleCount; i++) {
      const share = 1 - (i + 1) / (sampleCount + 1);
      out[i * channels + channel] = clipped(this.#nextOnward() * share);
    }
    this.#invented = this.#fadeSamples;
  }

  #nextOnward(): number {
    const gain = this.#gainAt(this.#invented);
    this.#invented += 1;
    return gain === 0 ? 0 : this.#forward.next() * gain;
  }

  /** @param distance From real sound, in samples. */
  #gainAt(distance: number): number {
    const faded = (distance - this.#holdSamples) / (this.#fadeSamples - this.#holdSamples);
    return Math.min(1, Math.max(0, 1 - faded));
  }

  #lookBack(following: Int16Array, missing: number): void {
    const { channel, channels } = this.#place;
    const reversed = this.#reversed;
    const count = Math.min(reversed.length, following.length / channels);
    for (let i = 0; i < count; i++) {
      reversed[count - 1 - i] = following[i * channels + channel] ?? 0;
    }
    this.#backward.begin(reversed, count);
    for (let i = 0; i < missing; i++) this.#approach[i] = this.#backward.next();
    this.#bridge = Math.max(this.#bridge, missing);
  }
}

function clipped(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}
