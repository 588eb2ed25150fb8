const HEADER_SIZE = 7;
const CRC_SIZE = 2;
/** What `aac_frame_length`, 13 bits, can say. */
const MAX_FRAME_SIZE = 0x1fff;

/**
 * Takes an ADTS stream in pieces of any size and gives its raw frames. What is no frame is skipped, byte by byte, until
 * a header is found again.
 *
 * ```text
 * 12 bits syncword = 0xfff      1 bit ID      2 bits layer = 0      1 bit protection_absent
 *  2 bits profile  4 bits sampling_frequency_index  1 bit private  3 bits channel_configuration  4 bits copyright etc.
 * 13 bits aac_frame_length, header included    11 bits buffer fullness    2 bits raw data blocks - 1
 * ```
 *
 * @remarks Holds one frame at most, 8 KB.
 * @see ISO/IEC 14496-3 section 1.A.2.2
 */
export class AdtsSplitter {
  readonly #held = new Uint8Array(MAX_FRAME_SIZE);
  #heldSize = 0;

  /** @param onFrame Called with each raw frame, without its header; the frame is lent. */
  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(bytes.length - at, this.#held.length - this.#heldSize);
      this.#held.set(bytes.subarray(at, at + taken), this.#heldSize);
      this.#heldSize += taken;
      at += taken;
      this.#takeFrames(onFrame);
    }
  }

  #takeFrames(onFrame: (frame: Uint8Array) => void): void {
    let at = 0;
    while (this.#heldSize - at >= HEADER_SIZE) {
      const size = this.#frameSizeAt(at);
      if (size === undefined) at += 1;
      else if (this.#heldSize - at < size) break;
      else {
        const isProtected = (this.#byte(at + 1) & 1) === 0;
        onFrame(this.#held.subarray(at + HEADER_SIZE + (isProtected ? CRC_SIZE : 0), at + size));
        at += size;
      }
    }
    this.#held.copyWithin(0, at, this.#heldSize);
    this.#heldSize -= at;
  }

  /** The whole size of the frame that begins there; undefined when none does. */
  #frameSizeAt(at: number): number | undefined {
    const isHeader = this.#byte(at) === 0xff && (this.#byte(at + 1) & 0xf6) === 0xf0;
    if (!isHeader) return undefined;
    const size =
      ((this.#byte(at + 3) & 0x03) << 11) | (this.#byte(at + 4) << 3) | (this.#byte(at + 5) >> 5);
    return size > HEADER_SIZE + CRC_SIZE ? size : undefined;
  }

  #byte(at: number): number {
    return this.#held[at] ?? 0;
  }
}
