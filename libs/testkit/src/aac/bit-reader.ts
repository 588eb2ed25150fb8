/** The bytes are not what a strict reader of AAC takes. */
export class RawFrameError extends Error {
  override readonly name = 'RawFrameError';
}

/** Reads bits, the highest first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bitsRead(): number {
    return this.#at;
  }

  get bitsLeft(): number {
    return 8 * this.#bytes.length - this.#at;
  }

  take(bits: number): number {
    let value = 0;
    for (let left = bits; left > 0; left -= 1) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new RawFrameError('the frame ends early');
      value = 2 * value + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at += 1;
    }
    return value;
  }

  /** Takes a field that must have this value. */
  expect(value: number, bits: number, name: string): void {
    const found = this.take(bits);
    if (found !== value) throw new RawFrameError(`${name} is ${found}, not ${value}`);
  }
}

/** Decodes the words of a Huffman code. */
export class CodewordReader {
  readonly #places = new Map<number, number>();

  /** @param codes And their lengths: the code of `place` in the lowest `lengths[place]` bits. */
  constructor(codes: ArrayLike<number>, lengths: ArrayLike<number>) {
    for (let place = 0; place < codes.length; place += 1) {
      // The one in front of it tells words of zeros of different lengths apart.
      this.#places.set(2 ** lengths[place]! + codes[place]!, place);
    }
  }

  /** @returns The place of the next codeword. */
  read(reader: BitReader): number {
    for (let word = 1; word < 2 ** 20;) {
      word = 2 * word + reader.take(1);
      const place = this.#places.get(word);
      if (place !== undefined) return place;
    }
    throw new RawFrameError('no codeword begins like that');
  }
}
