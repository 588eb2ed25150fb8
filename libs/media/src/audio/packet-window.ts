import { inaudible } from './audio-decoder.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import type { TimedPacket } from './unwrap-time.ts';

/** Packets that can wait at once: enough for 100 ms in packets of 1 ms. A power of two. */
export const WINDOW_SIZE = 128;
/** The longest payload that is taken. */
export const MAX_DURATION_MS = 256;

/** 20 ms of G.711, what nearly everyone sends. */
const SMALLEST_SLOT_BYTES = 160;
const EMPTY = NaN;

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
  readonly #decoders: AudioDecoder[] = new Array<AudioDecoder>(WINDOW_SIZE).fill(inaudible);
  #slotBytes = SMALLEST_SLOT_BYTES;
  #payloads = new Uint8Array(WINDOW_SIZE * SMALLEST_SLOT_BYTES);
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
    const { bytes, payloadOffset, payloadLength } = packet.rtp;
    const length = duration === 0 ? 0 : payloadLength;
    if (length > this.#slotBytes) this.#widen(length);
    this.#sequences[slot] = packet.sequence;
    this.#timestamps[slot] = packet.timestamp;
    this.#durations[slot] = duration;
    this.#lengths[slot] = length;
    this.#decoders[slot] = packet.decoder;
    this.#payloads.set(
      bytes.subarray(payloadOffset, payloadOffset + length),
      slot * this.#slotBytes,
    );
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

  /** The payload as a view: valid until the next `put`. */
  payloadOf(sequence: number): Uint8Array {
    const slot = slotOf(sequence);
    const at = slot * this.#slotBytes;
    return this.#payloads.subarray(at, at + (this.#lengths[slot] ?? 0));
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

  #widen(length: number): void {
    const wider = 2 ** Math.ceil(Math.log2(length));
    const payloads = new Uint8Array(WINDOW_SIZE * wider);
    for (let slot = 0; slot < WINDOW_SIZE; slot++) {
      const at = slot * this.#slotBytes;
      payloads.set(this.#payloads.subarray(at, at + this.#slotBytes), slot * wider);
    }
    this.#slotBytes = wider;
    this.#payloads = payloads;
  }
}

/** Whether a packet claims more sound than any is taken of. */
export function isTooLong({ duration, clockRate }: TimedPacket): boolean {
  return duration * 1000 > MAX_DURATION_MS * clockRate;
}

function slotOf(sequence: number): number {
  return sequence & (WINDOW_SIZE - 1);
}
