// Bits into OUTPUT, the highest first.

/** More than two channels of 1024 values of 27 bits, and what lies around them. */
const ROOM: usize = 8192;
/** The frame that `encode` made. */
export const OUTPUT: usize = memory.data(8192 + 16, 16);

/** The last bits, of which the lowest `held`, less than 8, are not stored for good. */
let word: u64 = 0;
let held: i32 = 0;
let at: usize = OUTPUT;

export function beginBits(): void {
  word = 0;
  held = 0;
  at = OUTPUT;
}

/** @param bits 0 to 56; the value fits into them. */
export function put(value: u64, bits: i32): void {
  if (at >= OUTPUT + ROOM) unreachable();
  word = (word << bits) | value;
  held += bits;
  // The bytes that are not full are stored once more with what comes next.
  const bytes = i64x2.splat(word << (64 - held));
  v128.store64_lane(
    at,
    i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0),
    0,
  );
  at += held >> 3;
  held &= 7;
}

export function bitCount(): i32 {
  return ((<i32>(at - OUTPUT)) << 3) + held;
}

/** Fills the last byte with zeros. @returns The bytes. */
export function endBits(): i32 {
  put(0, 7 & -held);
  return <i32>(at - OUTPUT);
}
