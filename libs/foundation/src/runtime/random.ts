/** Where randomness comes from, so that tests can seed it. */
export interface RandomSource {
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
  /** A whole number from 0 to `limit` - 1; `limit` from 1 to 2^47. */
  below(limit: number): number;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** Bytes as lower-case hexadecimal text. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

/** Random lower-case hexadecimal text of `byteCount` bytes. */
export function randomHex(random: RandomSource, byteCount: number): string {
  return hexOf(random.bytes(byteCount));
}
