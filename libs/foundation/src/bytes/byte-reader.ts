/** Fewer bytes than asked for. Parsers translate it into their own error. */
export class OutOfBytesError extends Error {
  override readonly name = 'OutOfBytesError';
}

/** Reads big-endian fields from a byte array, front to back. Views, never copies. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #take(count: number): number {
    if (count < 0 || count > this.remaining) {
      throw new OutOfBytesError(`${count} bytes wanted at ${this.#offset}, ${this.remaining} left`);
    }
    const at = this.#offset;
    this.#offset += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u24(): number {
    const at = this.#take(3);
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** The next `count` bytes as a view on the same memory. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }
}
