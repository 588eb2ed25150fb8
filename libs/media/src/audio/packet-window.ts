import { inaudible } from './audio-decoder.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import type { TimedPacket } from './unwrap-time.ts';

/** Packets that can wait at once: enough for 100 ms in packets of 1 ms. A power of two. */
export const WINDOW_SIZE = 128;
/** The longest payload that is taken. */
export const MAX_DURATION_MS = 256;

/** 20 ms of G.711 with the header of RTP, what nearly everyone sends. */
const SMALLEST_SLOT_BYTES = 172;
const EMPTY = NaN;

const roomOf = (slotBytes: number): Uint8Array => new Uint8Array((WINDOW_SIZE + 1) * slotBytes);

/**
 * Packets that wait for their turn, by sequence number. One block of memory, reused; payloads are copied in.
 *
 * @remarks The user keeps all sequence numbers inside a window of {@link WINDOW_SIZE}.
 */
export class PacketWindow {
  readonly #sequences = new Float64Array(WINDOW_SIZE).fill(EMPTY);
  readonly #timestamps = new Float64Array(WINDOW_SIZE);
  readonly #durations = new Uint16Array(WINDOW_SIZE);
  readonly #lengths = new Uint16Array(WINDOW_SIZE);
  /** Where in its slot a payload begins. */
  readonly #offsets = new Uint16Array(WINDOW_SIZE);
  readonly #decoders: AudioDecoder[] = new Array<AudioDecoder>(WINDOW_SIZE).fill(inaudible);
  #slotBytes = SMALLEST_SLOT_BYTES;
  /** One slot more than packets can wait: the last is where a payload is lent from. */
  #payloads = roomOf(SMALLEST_SLOT_BYTES);
  #lent = this.#payloads.subarray(WINDOW_SIZE * SMALLEST_SLOT_BYTES);
  #count = 0;

  /** How many of the packets kept are to be heard. */
  get soundingCount(): number {
    let count = 0;
    for (let slot = 0; slot < WINDOW_SIZE; slot++) {
      const isKept = !Number.isNaN(this.#sequences[slot] ?? EMPTY);
      if (isKept && (this.#durations[slot] ?? 0) > 0) count += 1;
    }
    return count;
  }

  has(sequence: number): boolean {
    return this.#sequences[slotOf(sequence)] === sequence;
  }

  /** Keeps a packet; without a duration it only marks its sequence number as arrived. */
  put(packet: TimedPacket, duration: number): void {
    const slot = slotOf(packet.sequence);
    const length = duration === 0 ? 0 : packet.rtp.payloadLength;
    if (length > this.#slotBytes) this.#widen(length);
    this.#sequences[slot] = packet.sequence;
    this.#timestamps[slot] = packet.timestamp;
    this.#durations[slot] = duration;
    this.#lengths[slot] = length;
    this.#decoders[slot] = packet.decoder;
    if (length > 0) this.#copyIn(slot, packet.rtp);
    this.#count += 1;
  }

  /** The lowest sequence number kept that is not below `from`; undefined if nothing is kept. */
  lowest(from: number): number | undefined {
    if (this.#count === 0) return undefined;
    for (let sequence = from; sequence < from + WINDOW_SIZE; sequence++) {
      if (this.has(sequence)) return sequence;
    }
    return undefined;
  }

  timestampOf(sequence: number): number {
    return this.#timestamps[slotOf(sequence)] ?? 0;
  }

  durationOf(sequence: number): number {
    return this.#durations[slotOf(sequence)] ?? 0;
  }

  decoderOf(sequence: number): AudioDecoder {
    return this.#decoders[slotOf(sequence)] ?? inaudible;
  }

  /** The payload: valid until the next `put` or `payloadOf`. */
  payloadOf(sequence: number): Uint8Array {
    const slot = slotOf(sequence);
    const length = this.#lengths[slot] ?? 0;
    const from = slot * this.#slotBytes + (this.#offsets[slot] ?? 0);
    const to = WINDOW_SIZE * this.#slotBytes;
    this.#payloads.copyWithin(to, from, from + length);
    // Payloads are all of one length as a rule: the view of the last one serves the next.
    if (this.#lent.length !== length) this.#lent = this.#payloads.subarray(to, to + length);
    return this.#lent;
  }

  remove(sequence: number): void {
    if (!this.has(sequence)) return;
    this.#sequences[slotOf(sequence)] = EMPTY;
    this.#count -= 1;
  }

  clear(): void {
    this.#sequences.fill(EMPTY);
    this.#count = 0;
  }

  /** A whole datagram is copied if there is room: that needs no view, which is all that would be allocated for a packet. */
  #copyIn(slot: number, { bytes, payloadOffset, payloadLength }: TimedPacket['rtp']): void {
    const at = slot * this.#slotBytes;
    const isWhole = bytes.length <= this.#slotBytes;
    this.#offsets[slot] = isWhole ? payloadOffset : 0;
    const copied = isWhole ? bytes : bytes.subarray(payloadOffset, payloadOffset + payloadLength);
    this.#payloads.set(copied, at);
  }

  #widen(length: number): void {
    const wider = 2 ** Math.ceil(Math.log2(length));
    const payloads = roomOf(wider);
    for (let slot = 0; slot < WINDOW_SIZE; slot++) {
      const at = slot * this.#slotBytes;
      payloads.set(this.#payloads.subarray(at, at + this.#slotBytes), slot * wider);
    }
    this.#slotBytes = wider;
    this.#payloads = payloads;
    this.#lent = payloads.subarray(WINDOW_SIZE * wider);
  }
}

/** Whether a packet claims more sound than any is taken of. */
export function isTooLong({ duration, clockRate }: TimedPacket): boolean {
  return duration * 1000 > MAX_DURATION_MS * clockRate;
}

function slotOf(sequence: number): number {
  return sequence & (WINDOW_SIZE - 1);
}
