import { AacError } from '../audio-specific-config.ts';

/** Most bits that one call of {@link BitWriter.put} takes. */
const MAX_BITS_AT_ONCE = 24;

/** Writes bits, the highest first, into bytes that are lent to it. */
export class BitWriter {
  readonly #out: Uint8Array;
  #bytes = 0;
  /** Bits that do not fill a byte yet, in the lowest `#heldBits`. */
  #held = 0;
  #heldBits = 0;

  constructor(out: Uint8Array) {
    this.#out = out;
  }

  /** Bits written so far. */
  get bitCount(): number {
    return 8 * this.#bytes + this.#heldBits;
  }

  /**
   * @param value Fits into `bits`.
   * @param bits 0 to 24.
   * @throws AacError when the room is full, or the value or the count is out of range.
   */
  put(value: number, bits: number): void {
    if (bits < 0 || bits > MAX_BITS_AT_ONCE || value < 0 || value >= 1 << bits) {
      throw new AacError(`${value} cannot be written in ${bits} bits`);
    }
    this.#held = (this.#held << bits) | value;
    this.#heldBits += bits;
    while (this.#heldBits >= 8) {
      this.#heldBits -= 8;
      this.#putByte(this.#held >> this.#heldBits);
    }
    this.#held &= (1 << this.#heldBits) - 1;
  }

  /** Zeros up to the end of the byte. */
  align(): void {
    if (this.#heldBits > 0) this.put(0, 8 - this.#heldBits);
  }

  #putByte(byte: number): void {
    if (this.#bytes === this.#out.length) {
      throw new AacError(`there is only room for ${this.#out.length} bytes`);
    }
    this.#out[this.#bytes] = byte;
    this.#bytes += 1;
  }
}
