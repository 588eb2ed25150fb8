import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';
import type { AudioFormat } from '../audio/audio-format.ts';
import { TICKS_PER_SECOND } from '../audio/pcm.ts';
import { KeyTrain } from './key-train.ts';
import type { KeyPacket } from './key-train.ts';
import { silenceOf } from './silence.ts';

/** Names a stream. */
export interface ReturnStreamOptions {
  readonly ssrc: number;
  /** Random, 16 bits (RFC 3550 section 5.1). */
  readonly firstSequence: number;
  /** Random, 32 bits (RFC 3550 section 5.1). */
  readonly firstTimestamp: number;
}

/** What silence is made of. */
export interface SilenceTerms {
  readonly format: AudioFormat;
  /** The payload type negotiated for it. */
  readonly payloadType: number;
}

/** Keys to be pressed, and who waits for them. */
export interface KeyPresses {
  /** Of `0-9 A-D * #`, and `w` for a pause of 500 ms. */
  readonly keys: string;
  /** The payload type negotiated for telephone events. */
  readonly payloadType: number;
  /** Its clock, which counts how long a key sounds. Default: that of the stream. */
  readonly clockRate?: number;
  /** Told once: whether all keys were pressed. */
  readonly onOver: (isComplete: boolean) => void;
}

/** A train on its way. */
interface Pressing extends KeyPresses {
  readonly train: KeyTrain;
  /** Timestamp of the key that sounds: the same in all its packets. */
  startedAt: number;
}

const DEFAULT_CLOCK_RATE = 8000;
const unitsPerTick = (clockRate: number): number => clockRate / TICKS_PER_SECOND;
const EVENT_BYTES = 4;
const END_BIT = 0x80;
/** Power of the tone as it would sound, in -dBm0 (RFC 4733 section 2.3.3). */
const VOLUME = 10;

/**
 * Makes the packets of a party that has nothing to say: 20 ms of silence each where silence is agreed, so that the other
 * side does not take the call for dead, and the keys that are pressed in its place. All share one sequence.
 *
 * @see RFC 3551 sections 4.2 and 4.5.14, RFC 4733 section 2.5.1
 */
export class ReturnStream {
  readonly ssrc: number;
  readonly #event = new Uint8Array(RTP_HEADER_SIZE + EVENT_BYTES);
  /** Units of the RTP clock in 20 ms. */
  #unitsPerTick = unitsPerTick(DEFAULT_CLOCK_RATE);
  #silence: { readonly payloadType: number; readonly datagram: Uint8Array } | undefined;
  #pressing: Pressing | undefined;
  #sequence: number;
  #timestamp: number;
  #packetCount = 0;
  #octetCount = 0;

  constructor({ ssrc, firstSequence, firstTimestamp }: ReturnStreamOptions) {
    this.ssrc = ssrc;
    this.#sequence = firstSequence;
    this.#timestamp = firstTimestamp;
  }

  /** Packets made so far. */
  get packetCount(): number {
    return this.#packetCount;
  }

  /** Payload bytes made so far. */
  get octetCount(): number {
    return this.#octetCount;
  }

  /** The timestamp of the next packet. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** From now on time is counted on another clock. Before it is set: 8000 Hz. */
  setClock(clockRate: number): void {
    this.#unitsPerTick = unitsPerTick(clockRate);
  }

  /** From now on silence is sent, or nothing. */
  setSilence(terms: SilenceTerms | undefined): void {
    if (terms === undefined) {
      this.#silence = undefined;
      return;
    }
    const payload = silenceOf(terms.format);
    const datagram = new Uint8Array(RTP_HEADER_SIZE + payload.length);
    datagram.set(payload, RTP_HEADER_SIZE);
    this.#silence = { payloadType: terms.payloadType, datagram };
  }

  /** Presses keys, from the next packet on; what was being pressed is given up. */
  press(presses: KeyPresses): void {
    this.release();
    this.#pressing = { ...presses, train: new KeyTrain(presses.keys), startedAt: this.#timestamp };
  }

  /** Gives up what is being pressed. */
  release(): void {
    this.#over(false);
  }

  /** The packet of the next 20 ms, if there is one; its bytes are overwritten by the next ones. */
  next(): Uint8Array | undefined {
    const pressing = this.#pressing;
    const key = pressing?.train.next();
    const datagram =
      pressing === undefined || key === undefined
        ? this.#nextSilence()
        : this.#nextEvent(pressing, key);
    this.#timestamp = (this.#timestamp + this.#unitsPerTick) % 2 ** 32;
    if (pressing?.train.isOver === true) this.#over(true);
    return datagram;
  }

  #over(isComplete: boolean): void {
    const pressing = this.#pressing;
    this.#pressing = undefined;
    pressing?.onOver(isComplete);
  }

  #nextSilence(): Uint8Array | undefined {
    if (this.#silence === undefined) return undefined;
    const { payloadType, datagram } = this.#silence;
    const marker = this.#packetCount === 0;
    return this.#stamp(datagram, { payloadType, marker, timestamp: this.#timestamp });
  }

  #nextEvent(pressing: Pressing, key: KeyPacket): Uint8Array {
    if (key.isFirst) pressing.startedAt = this.#timestamp;
    const { clockRate } = pressing;
    const units = clockRate === undefined ? this.#unitsPerTick : unitsPerTick(clockRate);
    const duration = key.ticks * units;
    const payload = [
      key.event,
      (key.isEnd ? END_BIT : 0) | VOLUME,
      duration >> 8,
      duration & 0xff,
    ] as const;
    this.#event.set(payload, RTP_HEADER_SIZE);
    const { payloadType, startedAt } = pressing;
    return this.#stamp(this.#event, { payloadType, marker: key.isFirst, timestamp: startedAt });
  }

  #stamp(
    datagram: Uint8Array,
    header: {
      readonly payloadType: number;
      readonly marker: boolean;
      readonly timestamp: number;
    },
  ): Uint8Array {
    buildRtpHeader({ ...header, sequence: this.#sequence, ssrc: this.ssrc }, datagram);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packetCount += 1;
    this.#octetCount += datagram.length - RTP_HEADER_SIZE;
    return datagram;
  }
}
