import { parseComfortNoise } from '#protocol/rtp';

/** The noise comes, goes and changes its loudness so fast that it does not click and is not missed. */
const GLIDE_MS = 10;
const FULL_SCALE = 32_768;
/** Uniform noise between -1 and 1 has this part of its peak as RMS. */
const UNIFORM_RMS = 1 / Math.sqrt(3);
/** Any number but 0. */
const FIRST_STATE = 0x2545f491;
/** -100 dB: nothing of it is left in 16 bits. */
const INAUDIBLE_GAIN = 1e-5;

/**
 * Noise like that of the sender's background, for the pauses in which it sends nothing else.
 *
 * @see RFC 3389 section 3.3 (white noise of the level through the all-pole filter of the reflection coefficients)
 */
export class ComfortNoise {
  /** The sender has said how its background sounds, and has not spoken since. */
  isAnnounced = false;
  /** Peak of the excitation, as a part of full scale: it gives the level once it is filtered. */
  #wanted = 0;
  #gain = 0;
  #reflections: readonly number[] = [];
  #memory = new Float64Array(0);
  #state = FIRST_STATE;

  /** Sounds as a packet says from now on. */
  follow(payload: Uint8Array): void {
    const parsed = parseComfortNoise(payload);
    if (parsed === undefined) return;
    this.isAnnounced = true;
    const { levelDb, reflections } = parsed;
    if (reflections.length !== this.#reflections.length) {
      this.#memory = new Float64Array(reflections.length + 1);
    }
    this.#reflections = reflections;
    const loss = reflections.reduce((product, reflection) => product * (1 - reflection ** 2), 1);
    this.#wanted = (10 ** (-levelDb / 20) * Math.sqrt(loss)) / UNIFORM_RMS;
  }

  /** It has not yet faded out. */
  get isSounding(): boolean {
    return this.#gain >= INAUDIBLE_GAIN;
  }

  /** Adds noise to sound, the same to each channel; it fades in and out by itself. */
  mixInto(samples: Int16Array, { sampleRate, channels, isHeard }: NoiseMix): void {
    const target = isHeard ? this.#wanted : 0;
    const glide = 1 - Math.exp(-1000 / (sampleRate * GLIDE_MS * GLIDE_SHARE));
    for (let at = 0; at < samples.length; at += channels) {
      this.#gain += (target - this.#gain) * glide;
      const noise = FULL_SCALE * this.#shape(this.#gain * this.#white());
      for (let channel = at; channel < at + channels; channel++) {
        samples[channel] = clipped((samples[channel] ?? 0) + noise);
      }
    }
  }

  /** All-pole lattice: stable for all coefficients between -1 and 1. */
  #shape(excitation: number): number {
    const reflections = this.#reflections;
    const memory = this.#memory;
    let sample = excitation;
    for (let i = reflections.length - 1; i >= 0; i--) {
      const reflection = reflections[i] ?? 0;
      const delayed = memory[i] ?? 0;
      sample -= reflection * delayed;
      memory[i + 1] = delayed + reflection * sample;
    }
    memory[0] = sample;
    return sample;
  }

  /** Between -1 and 1 (Marsaglia, Xorshift RNGs, 2003). */
  #white(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state / 2 ** 31;
  }
}

/** What noise is mixed into. */
interface NoiseMix {
  readonly sampleRate: number;
  readonly channels: number;
  /** Whether it should be heard now. */
  readonly isHeard: boolean;
}

/** A glide is over, within 1 dB, after two time constants. */
const GLIDE_SHARE = 0.5;

function clipped(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}
