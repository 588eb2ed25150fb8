import { randomBytes, randomInt } from 'node:crypto';
import type { RandomSource } from './random.ts';

/** Cryptographically strong randomness from the operating system. */
export const systemRandom: RandomSource = {
  bytes: (count) => randomBytes(count),
  below: (limit) => randomInt(limit),
};
