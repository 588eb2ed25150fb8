import type { AacEncoder, AudioFormat, AudioPathStats } from '#media';
import { createAudioPath } from '#media';
import { micros } from '#foundation';
import type { Micros } from '#foundation';
import { playDeliveries, toneShare } from '#testkit';
import type { Delivery } from '#testkit';

/** Samples per second of everything here. */
export const RATE = 8000;
const SAMPLES_PER_MS = RATE / 1000;
const TICK_MS = 20;

export const G711: ReadonlyMap<number, AudioFormat> = new Map([
  [0, { codec: 'PCMU', clockRate: RATE, channels: 1 }],
  [8, { codec: 'PCMA', clockRate: RATE, channels: 1 }],
]);

/** Takes what would be encoded, and gives frames of one byte as often as an encoder for 44.1 kHz would. */
class Listener implements AacEncoder {
  readonly audioSpecificConfig = Uint8Array.of(0x12, 0x08);
  readonly sampleRate = 44_100;
  readonly sourceRate = RATE;
  readonly channels = 1;
  readonly frameSamples = 1024;
  readonly primingSamples = 0;
  readonly #pieces: Int16Array[] = [];
  #count = 0;
  #frameCount = 0;

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    this.#pieces.push(Int16Array.from(pcm));
    this.#count += pcm.length;
    const frameCount = (this.#count * this.sampleRate) / RATE / this.frameSamples;
    for (; this.#frameCount + 1 <= frameCount; this.#frameCount++) onFrame(Uint8Array.of(1));
  }

  flush(): void {
    // What is left of a frame is heard all the same.
  }

  close(): void {
    // It holds nothing.
  }

  describe(): string {
    return 'listener';
  }

  get samples(): Int16Array {
    const samples = new Int16Array(this.#count);
    let at = 0;
    for (const piece of this.#pieces) {
      samples.set(piece, at);
      at += piece.length;
    }
    return samples;
  }
}

/** What came out of a path for what went in. */
export interface HeardCall {
  /** All of it, from the first tick on. */
  readonly samples: Int16Array;
  readonly stats: AudioPathStats;
  /** What the buffer held, tick by tick. */
  readonly bufferMs: readonly number[];
  /** The longest time in which nothing was written for the RTMP server. */
  readonly longestStallMs: number;
  /** How far the time written in the last tag is behind the wall clock, when it was written. */
  readonly lastTagBehindMs: number;
}

interface HearOptions {
  readonly untilMs: number;
  /** Default: PCMU as 0, PCMA as 8. */
  readonly payloadTypes?: ReadonlyMap<number, AudioFormat>;
}

/** Sends packets through a path in virtual time. */
export function hear(deliveries: readonly Delivery[], options: HearOptions): HeardCall {
  const { untilMs, payloadTypes = G711 } = options;
  const encoder = new Listener();
  const path = createAudioPath({ payloadTypes, encoder });
  const bufferMs: number[] = [];
  let nowMicros: Micros = micros(0);
  let [wroteAtMicros, longestStallMicros, lastTagBehindMs] = [0, 0, 0];
  path.fanOut.add({
    write: ({ timestampMs }) => {
      longestStallMicros = Math.max(longestStallMicros, nowMicros - wroteAtMicros);
      wroteAtMicros = nowMicros;
      lastTagBehindMs = nowMicros / 1000 - timestampMs;
    },
    tick: () => undefined,
    end: () => undefined,
    describe: () => 'watch',
  });
  path.start();
  const timed = {
    receive: (bytes: Uint8Array, now: Micros) => path.receive(bytes, now),
    tick: (now: Micros) => {
      nowMicros = now;
      path.tick(now);
      bufferMs.push(path.stats().bufferMs);
    },
  };
  playDeliveries(timed, deliveries, { untilMs });
  const stats = path.stats();
  const { samples } = encoder;
  path.end();
  return { samples, stats, bufferMs, longestStallMs: longestStallMicros / 1000, lastTagBehindMs };
}

/** A stretch of the sound, by the wall clock. */
export function stretch(samples: Int16Array, fromMs: number, toMs: number): Int16Array {
  return samples.subarray(fromMs * SAMPLES_PER_MS, toMs * SAMPLES_PER_MS);
}

/** The loudest sample. */
export function peakOf(samples: Int16Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

/** The steepest step from one sample to the next. */
export function steepestStep(samples: Int16Array): number {
  let steepest = 0;
  for (let i = 1; i < samples.length; i++) {
    steepest = Math.max(steepest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  }
  return steepest;
}

/** How much of each stretch of so many milliseconds is one tone, 0 to 1. */
export function sharesOf(samples: Int16Array, toneHz: number, windowMs = 100): number[] {
  const shares: number[] = [];
  const length = windowMs * SAMPLES_PER_MS;
  for (let at = 0; at + length <= samples.length; at += length) {
    shares.push(toneShare(samples.subarray(at, at + length), toneHz, RATE));
  }
  return shares;
}

const BEEP_HZ = 1000;
const BLOCK_MS = 5;

/** When beeps of 1 kHz began, to 5 ms. */
export function beepsIn(samples: Int16Array): number[] {
  const isBeep = sharesOf(samples, BEEP_HZ, BLOCK_MS).map((share) => share > 0.5);
  return isBeep.flatMap((now, block) => {
    const isStart = now && isBeep[block + 1] === true && isBeep[block - 1] !== true;
    const wasQuiet = !isBeep.slice(Math.max(0, block - 40), block).includes(true);
    return isStart && wasQuiet ? [block * BLOCK_MS] : [];
  });
}

/** The value below which so many of them are. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** How alike two sounds are, -1 to 1. */
export function correlation(one: Int16Array, other: Float64Array): number {
  let [product, oneEnergy, otherEnergy] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] ?? 0, other[i] ?? 0];
    product += a * b;
    oneEnergy += a * a;
    otherEnergy += b * b;
  }
  return product / Math.sqrt(oneEnergy * otherEnergy || 1);
}

/** The ticks of a call so far, for the time of its first ones. */
export const ticksOf = (ms: number): number => ms / TICK_MS;
