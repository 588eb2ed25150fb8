// Bits into OUTPUT, the highest first.

/** Room for a frame; the most that is ever written is 2 * 6144 bits. */
const ROOM: i32 = 2048;
/** The frame that `encode` made. */
export const OUTPUT: usize = memory.data(2048 + 16, 16);

let word: u32 = 0;
let wordBits: i32 = 0;
let at: usize = 0;

export function beginBits(): void {
  word = 0;
  wordBits = 0;
  at = OUTPUT;
}

/** @param bits 0 to 31; the value fits into them. */
export function put(value: u32, bits: i32): void {
  const room = 32 - wordBits;
  if (bits < room) {
    word = (word << bits) | value;
    wordBits += bits;
    return;
  }
  if (<i32>(at - OUTPUT) >= ROOM) unreachable();
  const rest = bits - room;
  const full: u32 = room == 32 ? value >> rest : (word << room) | (value >> rest);
  store<u32>(at, bswap<u32>(full));
  at += 4;
  word = value & (((<u32>1) << rest) - 1);
  wordBits = rest;
}

export function bitCount(): i32 {
  return ((<i32>(at - OUTPUT)) << 3) + wordBits;
}

/** Fills the last byte with zeros. @returns The bytes. */
export function endBits(): i32 {
  const bytes = (bitCount() + 7) >> 3;
  if (wordBits > 0) store<u32>(at, bswap<u32>(word << (32 - wordBits)));
  return bytes;
}
