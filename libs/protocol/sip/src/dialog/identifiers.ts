import type { RandomSource } from '#foundation';
import { randomHex } from '#foundation';

/** A tag for From or To (RFC 3261 section 19.3 asks for 32 random bits; these are 64). */
export function newTag(random: RandomSource): string {
  return randomHex(random, 8);
}

/** A UUID of version 4, for Call-ID and whatever else has to be unique in the world. */
export function newUuid(random: RandomSource): string {
  const bytes = random.bytes(16);
  const hex = Array.from(bytes, (byte, index) => {
    const fixed = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return fixed.toString(16).padStart(2, '0');
  }).join('');
  return [8, 12, 16, 20, 32]
    .map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end))
    .join('-');
}

/** The first CSeq number of a dialog: random, and with room to grow below 2^31 (RFC 3261 section 8.1.1.5). */
export function newCSeqNumber(random: RandomSource): number {
  return 1 + random.below(2 ** 30 - 1);
}
