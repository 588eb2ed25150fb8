import type { RandomSource } from '#foundation';
import { hexOf, randomHex } from '#foundation';

/** A tag for From or To (RFC 3261 section 19.3 asks for 32 random bits; these are 64). */
export function newTag(random: RandomSource): string {
  return randomHex(random, 8);
}

/** A UUID of version 4, for Call-ID and whatever else has to be unique in the world. */
export function newUuid(random: RandomSource): string {
  const bytes = Uint8Array.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = hexOf(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The first CSeq number of a dialog: random, and with room to grow below 2^31 (RFC 3261 section 8.1.1.5). */
export function newCSeqNumber(random: RandomSource): number {
  return 1 + random.below(2 ** 30 - 1);
}
