import { createCipheriv, createHmac } from 'node:crypto';
import type { Cipher } from 'node:crypto';
import type { SessionKeys } from './session-keys.ts';

const BLOCK_BYTES = 16;
const BLOCKS_AT_ONCE = 128;
const SEQUENCES = 2 ** 16;

/** Which packet of which source: the two make its key stream unique. */
export interface PacketPlace {
  readonly ssrc: number;
  /** 48 bits: roll-over counter and sequence number, or the index of an RTCP packet. */
  readonly index: number;
}

/**
 * Enciphers, deciphers and authenticates packets where they lie.
 *
 * @remarks AES in counter mode is made of plain AES on counters, because one cipher object then serves all packets.
 * @see RFC 3711 sections 4.1.1 and 4.2.1
 */
export class PacketCipher {
  readonly #keys: SessionKeys;
  readonly #tagBytes: number;
  readonly #aes: Cipher;
  readonly #first = new Uint8Array(BLOCK_BYTES);
  readonly #firstWords = new Uint32Array(this.#first.buffer);
  readonly #trailer = new Uint8Array(4);

  constructor(keys: SessionKeys, tagBytes: number) {
    this.#keys = keys;
    this.#tagBytes = tagBytes;
    this.#aes = createCipheriv('aes-128-ecb', keys.cipherKey, null).setAutoPadding(false);
  }

  /** Applies the key stream of a packet to `bytes` from `from` to `to`; twice is as good as never. */
  apply(bytes: Uint8Array, range: { from: number; to: number }, place: PacketPlace): void {
    this.#placeFirst(place);
    let block = 0;
    for (let at = range.from; at < range.to;) {
      const blocks = Math.min(BLOCKS_AT_ONCE, Math.ceil((range.to - at) / BLOCK_BYTES));
      const keyStream = this.#keyStream(block, blocks);
      const end = Math.min(range.to, at + blocks * BLOCK_BYTES);
      for (let taken = 0; at < end; at++, taken++) {
        bytes[at] = (bytes[at] ?? 0) ^ (keyStream[taken] ?? 0);
      }
      block += blocks;
    }
  }

  /** Writes the tag of the first `size` bytes behind them. */
  seal(bytes: Uint8Array, size: number, trailer?: number): void {
    const tag = this.#tagOf(bytes, size, trailer);
    for (let at = 0; at < this.#tagBytes; at++) bytes[size + at] = tag[at] ?? 0;
  }

  /** Whether the tag of the first `size` bytes stands behind them; takes the same time wherever they differ. */
  isSealed(bytes: Uint8Array, size: number, trailer?: number): boolean {
    const tag = this.#tagOf(bytes, size, trailer);
    let difference = 0;
    for (let at = 0; at < this.#tagBytes; at++) {
      difference |= (bytes[size + at] ?? 0) ^ (tag[at] ?? 0);
    }
    return difference === 0;
  }

  /** @param trailer The roll-over counter, which is authenticated and not sent; RTCP has none. */
  #tagOf(bytes: Uint8Array, size: number, trailer: number | undefined): Uint8Array {
    const hmac = createHmac('sha1', this.#keys.authKey).update(bytes.subarray(0, size));
    if (trailer !== undefined) {
      writeU32(this.#trailer, 0, trailer);
      hmac.update(this.#trailer);
    }
    return hmac.digest();
  }

  /** The first counter: the salt, the source and the index laid over each other. */
  #placeFirst({ ssrc, index }: PacketPlace): void {
    const first = this.#first;
    first.set(this.#keys.salt);
    flip(first, 4, ssrc);
    flip(first, 8, Math.floor(index / SEQUENCES));
    flip(first, 12, (index % SEQUENCES) * SEQUENCES);
  }

  #keyStream(block: number, blocks: number): Uint8Array {
    const words = this.#firstWords;
    const first = words[0] ?? 0;
    const second = words[1] ?? 0;
    const third = words[2] ?? 0;
    for (let at = 0; at < blocks; at++) {
      this.#first[14] = (block + at) >>> 8;
      this.#first[15] = block + at;
      COUNTERS[4 * at] = first;
      COUNTERS[4 * at + 1] = second;
      COUNTERS[4 * at + 2] = third;
      COUNTERS[4 * at + 3] = words[3] ?? 0;
    }
    return this.#aes.update(COUNTERS.subarray(0, blocks * 4));
  }
}

/** Written and read within one call: all ciphers may use the same. */
const COUNTERS = new Uint32Array((BLOCKS_AT_ONCE * BLOCK_BYTES) / 4);

function flip(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (value >>> 24);
  bytes[at + 1] = (bytes[at + 1] ?? 0) ^ (value >>> 16);
  bytes[at + 2] = (bytes[at + 2] ?? 0) ^ (value >>> 8);
  bytes[at + 3] = (bytes[at + 3] ?? 0) ^ value;
}

/** The 16 bits at `at`. */
export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** The 32 bits at `at`. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((readU16(bytes, at) << 16) | readU16(bytes, at + 2)) >>> 0;
}

/** Writes 32 bits. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
