import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';
import { G711_ENCODERS } from './payload-encoders.ts';
import type { PayloadEncoder } from './payload-encoders.ts';
import type { Signal } from './signals.ts';

/** What a source sends, and may change from the next packet on. */
interface RtpVoice {
  /** At the encoder's sample rate. */
  readonly signal: Signal;
  /** Default: PCMU. */
  readonly codec?: 'PCMU' | 'PCMA' | PayloadEncoder;
  /** Default: that of the codec. */
  readonly payloadType?: number;
  /** Default: 0x1234abcd. */
  readonly ssrc?: number;
  /** Of one packet, or of one packet after the other, again and again. Default: 20. */
  readonly ptimeMs?: number | readonly number[];
}

/** A sender as it starts. */
export interface RtpSourceOptions extends RtpVoice {
  /** Default: 1000. */
  readonly firstSequence?: number;
  /** Default: 160000. */
  readonly firstTimestamp?: number;
  /** How much faster than ours its clock runs, in parts per million. Default: 0. */
  readonly skewPpm?: number;
  /** Sets the marker behind every pause (RFC 3551 section 4.1), not only at the start. Default: false. */
  readonly marksTalkspurts?: boolean;
}

/** A packet on its way: when it arrives, and its bytes. */
export interface Delivery {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** How a silent sender tells of its background noise (RFC 3389). */
export interface ComfortNoiseOptions {
  /** Below full scale. Default: 60. */
  readonly levelDb?: number;
  /** Default: 200. */
  readonly everyMs?: number;
  /** Default: 13. */
  readonly payloadType?: number;
}

type Settled = Required<RtpVoice> & { readonly encoder: PayloadEncoder };

function settle(voice: RtpVoice): Settled {
  const { codec = 'PCMU' } = voice;
  const encoder = typeof codec === 'string' ? G711_ENCODERS[codec] : codec;
  const { payloadType = encoder.payloadType, ssrc = 0x1234abcd, ptimeMs = 20 } = voice;
  return { signal: voice.signal, codec, encoder, payloadType, ssrc, ptimeMs };
}

/** A sender of RTP with a steady clock of its own, in virtual time. */
export class RtpSource {
  readonly #clockFactor: number;
  readonly #marksTalkspurts: boolean;
  #voice: Settled;
  #packetCount = 0;
  /** Counted for each channel. */
  #sampleIndex = 0;
  #sequence: number;
  #timestamp: number;
  #isMarked = true;

  constructor(options: RtpSourceOptions) {
    const { firstSequence = 1000, firstTimestamp = 160_000, skewPpm = 0 } = options;
    this.#voice = settle(options);
    this.#clockFactor = 1 + skewPpm / 1e6;
    this.#marksTalkspurts = options.marksTalkspurts ?? false;
    this.#sequence = firstSequence;
    this.#timestamp = firstTimestamp;
  }

  /** When the next packet leaves, in milliseconds since the start. */
  get nextAtMs(): number {
    return (this.#sampleIndex * 1000) / this.#voice.encoder.sampleRate / this.#clockFactor;
  }

  /** The next packet. */
  next(): Delivery {
    const { encoder, payloadType, signal } = this.#voice;
    const { channels, sampleRate } = encoder;
    const atMs = this.nextAtMs;
    const count = Math.round((this.#nextPtimeMs() * sampleRate) / 1000);
    const pcm = new Int16Array(count * channels);
    for (let index = 0; index < pcm.length; index++) {
      pcm[index] = signal(this.#sampleIndex + Math.floor(index / channels), index % channels);
    }
    const bytes = this.#packet(payloadType, encoder.encode(pcm));
    this.#pass(count);
    return { atMs, bytes };
  }

  /** The next packets, as many as fit into `ms`. */
  take(ms: number): Delivery[] {
    const deliveries: Delivery[] = [];
    const endMs = this.nextAtMs + ms;
    while (this.nextAtMs < endMs) deliveries.push(this.next());
    return deliveries;
  }

  /** Stays silent for `ms` of its own time: the timestamp goes on, the sequence does not. */
  pause(ms: number): void {
    this.#pass(Math.round((ms * this.#voice.encoder.sampleRate) / 1000));
    this.#isMarked ||= this.#marksTalkspurts;
  }

  /** Stays silent for `ms` of its own time, with comfort noise now and then. */
  comfortNoise(ms: number, options: ComfortNoiseOptions = {}): Delivery[] {
    const { levelDb = 60, everyMs = 200, payloadType = 13 } = options;
    const deliveries: Delivery[] = [];
    for (let leftMs = ms; leftMs > 0; leftMs -= everyMs) {
      const atMs = this.nextAtMs;
      deliveries.push({ atMs, bytes: this.#packet(payloadType, Uint8Array.of(levelDb)) });
      this.pause(Math.min(leftMs, everyMs));
    }
    return deliveries;
  }

  /** Moves the counters of all later packets, without a change of time. */
  jump({ sequence = 0, timestamp = 0 }): void {
    this.#sequence += sequence;
    this.#timestamp += timestamp;
  }

  /** Speaks otherwise from the next packet on; time and counters go on. A new codec brings its payload type. */
  change(change: Partial<RtpVoice>): void {
    const before = this.#voice;
    const { signal, codec, ssrc, ptimeMs } = before;
    const payloadType = change.codec === undefined ? { payloadType: before.payloadType } : {};
    this.#voice = settle({ signal, codec, ssrc, ptimeMs, ...payloadType, ...change });
    const rateChange = this.#voice.encoder.sampleRate / before.encoder.sampleRate;
    this.#sampleIndex = Math.round(this.#sampleIndex * rateChange);
  }

  #nextPtimeMs(): number {
    const { ptimeMs } = this.#voice;
    if (typeof ptimeMs === 'number') return ptimeMs;
    return ptimeMs[this.#packetCount % ptimeMs.length] ?? 20;
  }

  #packet(payloadType: number, payload: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(RTP_HEADER_SIZE + payload.length);
    const header = {
      payloadType,
      marker: this.#isMarked,
      sequence: this.#sequence & 0xffff,
      timestamp: this.#timestamp >>> 0,
      ssrc: this.#voice.ssrc,
    };
    buildRtpHeader(header, bytes);
    bytes.set(payload, RTP_HEADER_SIZE);
    this.#isMarked = false;
    this.#packetCount += 1;
    this.#sequence += 1;
    return bytes;
  }

  #pass(sampleCount: number): void {
    const { clockRate, sampleRate } = this.#voice.encoder;
    this.#sampleIndex += sampleCount;
    this.#timestamp += (sampleCount * clockRate) / sampleRate;
  }
}
