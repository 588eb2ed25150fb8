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
 * @see RTMP 1.0 section 5.3.1
 */
export class ChunkHeaderParser {
  readonly #bytes = new Uint8Array(MAX_HEADER_SIZE_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #isExtended: (chunkStreamId: number) => boolean;
  #length = 0;

  /** @param isExtended Whether the last type 0, 1 or 2 chunk of a chunk stream had an extended timestamp. */
  constructor(isExtended: (chunkStreamId: number) => boolean) {
    this.#isExtended = isExtended;
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
    this.#length = 0;
    const type = this.#type();
    const at = this.#basicSizeBytes();
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
    };
  }

  /** How long the header is, as far as the bytes that are there tell. */
  #wantedBytes(): number {
    if (this.#length === 0) return 1;
    const basic = this.#basicSizeBytes();
    const plain = basic + MESSAGE_HEADER_SIZES_BYTES[this.#type()];
    if (this.#length < plain) return plain;
    return this.#hasExtended() ? plain + EXTENDED_SIZE_BYTES : plain;
  }

  #hasExtended(): boolean {
    if (this.#type() === 3) return this.#isExtended(this.#chunkStreamId());
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
