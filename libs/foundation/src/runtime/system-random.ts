import { randomBytes, randomInt } from 'node:crypto';
import type { RandomSource } from './random.ts';

/** Randomness fetched at a time, in bytes: asking for a few bytes costs as much as for many. */
const STOCK_BYTES = 4096;
let stock = new Uint8Array(0);

function takeBytes(count: number): Uint8Array {
  if (count > STOCK_BYTES) return randomBytes(count);
  if (count > stock.length) stock = randomBytes(STOCK_BYTES);
  // A copy, which `slice` of what node:crypto gives is not.
  const bytes = Uint8Array.from(stock.subarray(0, count));
  // What was given out can be read here by nobody any more.
  stock.fill(0, 0, count);
  stock = stock.subarray(count);
  return bytes;
}

/** Cryptographically strong randomness from the operating system. */
export const systemRandom: RandomSource = {
  bytes: takeBytes,
  below: (limit) => randomInt(limit),
};
