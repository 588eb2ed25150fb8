import type { RandomSource } from '#foundation';
import { PCMA, PCMU } from '#protocol/g711';
import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';

/** A signal: 16-bit sample number `index` of it, at 8000 Hz. */
export type Signal = (index: number) => number;

const SAMPLE_RATE = 8000;

/** A sine. */
export function tone(frequencyHz: number, amplitude = 8000): Signal {
  return (index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / SAMPLE_RATE));
}

/** Something like a voice: a buzz of harmonics in syllables, with pauses, and a little noise. */
export function voice(random: RandomSource, amplitude = 9000): Signal {
  const noise = Float64Array.from({ length: SAMPLE_RATE }, () => random.below(2001) / 1000 - 1);
  return (index) => {
    const seconds = index / SAMPLE_RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * seconds)) ** 2;
    const pitch = 2 * Math.PI * (120 * seconds + 0.8 * Math.sin(2 * Math.PI * 1.3 * seconds));
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) {
      const formant = 1 / (1 + ((harmonic - 5 - 3 * Math.sin(seconds * 5)) / 2) ** 2);
      sum += (formant + 0.1) * Math.sin(harmonic * pitch);
    }
    const hiss = (noise[index % noise.length] ?? 0) * 0.05;
    return Math.round(amplitude * (syllable * sum * 0.3 + hiss));
  };
}

/** What a source sends. */
export interface RtpSourceOptions {
  readonly signal: Signal;
  /** Default: PCMU. */
  readonly codec?: 'PCMU' | 'PCMA';
  /** Default: that of the codec. */
  readonly payloadType?: number;
  /** Default: 0x1234abcd. */
  readonly ssrc?: number;
  /** Default: 1000. */
  readonly firstSequence?: number;
  /** Default: 160000. */
  readonly firstTimestamp?: number;
  /** Default: 20. */
  readonly ptimeMs?: number;
}

/** A packet on its way: when it arrives, and its bytes. */
export interface Delivery {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** A sender of G.711 over RTP that keeps its clock exactly. */
export class RtpSource {
  readonly #options: Required<RtpSourceOptions>;
  #packetCount = 0;
  #sampleIndex = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;

  constructor(options: RtpSourceOptions) {
    const codec = options.codec ?? 'PCMU';
    this.#options = {
      codec,
      payloadType: codec === 'PCMU' ? PCMU.payloadType : PCMA.payloadType,
      ssrc: 0x1234abcd,
      firstSequence: 1000,
      firstTimestamp: 160_000,
      ptimeMs: 20,
      ...options,
    };
  }

  /** When the next packet leaves, in milliseconds since the start. */
  get nextAtMs(): number {
    return (this.#sampleIndex * 1000) / SAMPLE_RATE;
  }

  /** The next packet. */
  next(): Delivery {
    const { codec, payloadType, ssrc, firstSequence, firstTimestamp, ptimeMs, signal } =
      this.#options;
    const atMs = this.nextAtMs;
    const count = (ptimeMs * SAMPLE_RATE) / 1000;
    const samples = Int16Array.from({ length: count }, (_, i) => signal(this.#sampleIndex + i));
    const bytes = new Uint8Array(RTP_HEADER_SIZE + count);
    const header = {
      payloadType,
      marker: this.#packetCount === 0,
      sequence: (firstSequence + this.#packetCount + this.#sequenceOffset) & 0xffff,
      timestamp: (firstTimestamp + this.#sampleIndex + this.#timestampOffset) % 2 ** 32,
      ssrc,
    };
    buildRtpHeader(header, bytes);
    (codec === 'PCMU' ? PCMU : PCMA).encode(samples, bytes.subarray(RTP_HEADER_SIZE));
    this.#packetCount += 1;
    this.#sampleIndex += count;
    return { atMs, bytes };
  }

  /** The next packets, as many as fit into `ms`. */
  take(ms: number): Delivery[] {
    const deliveries: Delivery[] = [];
    const endMs = this.nextAtMs + ms;
    while (this.nextAtMs < endMs) deliveries.push(this.next());
    return deliveries;
  }

  /** Stays silent for `ms`: the timestamp goes on, the sequence does not. */
  pause(ms: number): void {
    this.#sampleIndex += (ms * SAMPLE_RATE) / 1000;
  }

  /** Moves the counters of all later packets, without a change of time. */
  jump({ sequence = 0, timestamp = 0 }): void {
    this.#sequenceOffset += sequence;
    this.#timestampOffset += timestamp + 2 ** 32;
  }
}

/** What a network does to packets, each share from 0 to 1. */
export interface NetworkTrouble {
  readonly random: RandomSource;
  /** Default: 0. */
  readonly lossShare?: number;
  /** Default: 0. */
  readonly duplicateShare?: number;
  /** Packets overtaken by the next one. Default: 0. */
  readonly swapShare?: number;
  /** Delay of each packet, from 0 to this, without overtaking. Default: 0. */
  readonly jitterMs?: number;
}

/** What came through, in the order of arrival, and what was done to it. */
export interface TroubledDeliveries {
  readonly deliveries: readonly Delivery[];
  readonly lostCount: number;
  readonly duplicateCount: number;
  readonly swapCount: number;
}

/** Puts a repeatable bad network behind a source. The first and last packets always come through. */
export function trouble(sent: readonly Delivery[], network: NetworkTrouble): TroubledDeliveries {
  const { random, lossShare = 0, duplicateShare = 0, swapShare = 0, jitterMs = 0 } = network;
  const happens = (share: number): boolean => random.below(1_000_000) < share * 1_000_000;
  const deliveries: Delivery[] = [];
  let [lostCount, duplicateCount, swapCount, previousAtMs] = [0, 0, 0, 0];
  let mayBeSwapped = false;
  for (const [index, { atMs, bytes }] of sent.entries()) {
    const isEdge = index === 0 || index === sent.length - 1;
    if (!isEdge && happens(lossShare)) {
      lostCount += 1;
      mayBeSwapped = false;
      continue;
    }
    const arrival = {
      atMs: Math.max(previousAtMs, atMs + random.below(jitterMs * 1000 + 1) / 1000),
      bytes,
    };
    previousAtMs = arrival.atMs;
    const last = deliveries.at(-1);
    if (!isEdge && mayBeSwapped && last !== undefined && happens(swapShare)) {
      deliveries.splice(-1, 1, { ...arrival, bytes }, { atMs: arrival.atMs, bytes: last.bytes });
      swapCount += 1;
      mayBeSwapped = false;
    } else {
      deliveries.push(arrival);
      mayBeSwapped = index > 0;
    }
    if (!isEdge && happens(duplicateShare)) {
      deliveries.push({ ...arrival });
      duplicateCount += 1;
      mayBeSwapped = false;
    }
  }
  return { deliveries, lostCount, duplicateCount, swapCount };
}
