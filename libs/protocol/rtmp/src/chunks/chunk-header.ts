import { EXTENDED_TIMESTAMP_MARK, MESSAGE_HEADER_SIZES_BYTES } from './rtmp-message.ts';

/** A chunk header; fields its type leaves out are undefined. */
export interface ChunkHeader {
  readonly type: 0 | 1 | 2 | 3;
  readonly chunkStreamId: number;
  /** Absolute in type 0, a delta in types 1 and 2. */
  readonly stamp: number | undefined;
  readonly isExtended: boolean;
  readonly lengthBytes: number | undefined;
  readonly typeId: number | undefined;
  readonly messageStreamId: number | undefined;
  /** Bytes taken for a repeated extended timestamp that are what follows the header. */
  readonly surplus: Uint8Array | undefined;
}

/** What a type 3 header leaves to the chunks before it. */
export interface ChunkStreamPast {
  /** Whether the last type 0, 1 or 2 chunk had an extended timestamp. */
  readonly isExtended: boolean;
  /** Its timestamp or delta. */
  readonly stamp: number;
  /** Of the message that is under way. */
  readonly payload: Uint8Array | undefined;
}

/** Basic header 3, message header 11, extended timestamp 4. */
const MAX_HEADER_SIZE_BYTES = 18;
const EXTENDED_SIZE_BYTES = 4;

/**
 * Collects the bytes of one chunk header after the other.
 *
 * ```text
 * basic    2 bits type, 6 bits id; 0: id - 64 in 8 bits more; 1: id - 64 in 16 bits little-endian more
 * message  u24 timestamp or delta | u24 length, u8 type id | u32 little-endian message stream id
 *          type 0 has all, 1 leaves out the last field, 2 has the first only, 3 has none
 * extended u32 timestamp or delta, when the u24 is 0xFFFFFF
 * ```
 *
 * @remarks Some peers do not repeat the extended timestamp in the type 3 chunks of a message. Four bytes that are not
 * the one of this message are its payload; that a payload has the same four there happens once in 2^32 cuts.
 * @see RTMP 1.0 section 5.3.1
 */
export class ChunkHeaderParser {
  readonly #bytes = new Uint8Array(MAX_HEADER_SIZE_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #pastOf: (chunkStreamId: number) => ChunkStreamPast | undefined;
  #length = 0;

  /** @param pastOf What is known of a chunk stream. */
  constructor(pastOf: (chunkStreamId: number) => ChunkStreamPast | undefined) {
    this.#pastOf = pastOf;
  }

  /** Takes bytes from `at` until the header is whole; returns how many. */
  push(bytes: Uint8Array, at: number): number {
    let taken = 0;
    while (at + taken < bytes.length && this.#length < this.#wantedBytes()) {
      this.#bytes[this.#length] = bytes[at + taken] ?? 0;
      this.#length += 1;
      taken += 1;
    }
    return taken;
  }

  /** The header, if it is whole; the next one starts behind it. */
  take(): ChunkHeader | undefined {
    if (this.#length < this.#wantedBytes()) return undefined;
    const type = this.#type();
    const at = this.#basicSizeBytes();
    const isRepeated = type !== 3 || !this.#lacksRepeat(at);
    const surplus = isRepeated ? undefined : this.#bytes.slice(at, this.#length);
    this.#length = 0;
    const short = type === 3 ? undefined : this.#u24(at);
    const isExtended = this.#hasExtended();
    return {
      type,
      chunkStreamId: this.#chunkStreamId(),
      stamp:
        isExtended && type !== 3
          ? this.#view.getUint32(at + MESSAGE_HEADER_SIZES_BYTES[type])
          : short,
      isExtended,
      lengthBytes: type <= 1 ? this.#u24(at + 3) : undefined,
      typeId: type <= 1 ? this.#view.getUint8(at + 6) : undefined,
      messageStreamId: type === 0 ? this.#view.getUint32(at + 7, true) : undefined,
      surplus,
    };
  }

  /** How long the header is, as far as the bytes that are there tell. */
  #wantedBytes(): number {
    if (this.#length === 0) return 1;
    const basic = this.#basicSizeBytes();
    const plain = basic + MESSAGE_HEADER_SIZES_BYTES[this.#type()];
    if (this.#length < plain) return plain;
    if (!this.#hasExtended()) return plain;
    const isKnown = this.#type() === 3 && this.#lacksRepeat(plain);
    return isKnown ? this.#length : plain + EXTENDED_SIZE_BYTES;
  }

  /** Whether the bytes from `at` on are not the beginning of the timestamp that the message under way has. */
  #lacksRepeat(at: number): boolean {
    const past = this.#pastOf(this.#chunkStreamId());
    if (past?.isExtended !== true || past.payload === undefined) return false;
    for (let index = at; index < this.#length; index += 1) {
      const shift = 8 * (EXTENDED_SIZE_BYTES - 1 - (index - at));
      if (this.#view.getUint8(index) !== ((past.stamp >>> shift) & 0xff)) return true;
    }
    return false;
  }

  #hasExtended(): boolean {
    if (this.#type() === 3) return this.#pastOf(this.#chunkStreamId())?.isExtended === true;
    return this.#u24(this.#basicSizeBytes()) === EXTENDED_TIMESTAMP_MARK;
  }

  #type(): 0 | 1 | 2 | 3 {
    return (this.#view.getUint8(0) >> 6) as 0 | 1 | 2 | 3;
  }

  #basicSizeBytes(): number {
    const id = this.#view.getUint8(0) & 0x3f;
    if (id === 0) return 2;
    return id === 1 ? 3 : 1;
  }

  #chunkStreamId(): number {
    const id = this.#view.getUint8(0) & 0x3f;
    if (id === 0) return 64 + this.#view.getUint8(1);
    return id === 1 ? 64 + this.#view.getUint16(1, true) : id;
  }

  #u24(at: number): number {
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2);
  }
}
