/**
 * Every number of the rate control that was found by measuring and not by a rule of the standard. The kernel gets the
 * same ones.
 */
export const TUNING = {
  /**
   * Louder bands get larger steps, `level ^ shape`: all the same (0) is the best signal to noise ratio, 1 the best
   * ratio in every band. The shape grows with the bits there are for a bin: `perBit * (bits - fromBits)`, at most
   * `most`.
   */
  shape: { perBit: 0.04, fromBits: 2, most: 0.2 },
  /** Added before a value is cut to a whole number; less than one half saves bits where they tell least. */
  rounding: 0.4054,
  /** Steps are not smaller: noise of about 0.15 of a step of 16 bit, below that of G.711 and of the 16 bits. */
  leastScalefactor: 116,
  /** From here on a band of zeros becomes noise of its energy times `gain`, unless that is inaudible. */
  noise: { fromHz: 1900, gain: 0.5, leastEnergy: 20 },
  /** From here on a band of which at most one bin in `binsPerOne` is one, and none more, becomes noise as well. */
  sparse: { fromHz: 5100, binsPerOne: 8 },
  /** Above `fullHz` only what leaves `bitsPerBin`; below it one bit per bin is enough, but never less than `leastHz`. */
  bandwidth: { leastHz: 4000, fullHz: 16_000, mostHz: 20_000, bitsPerBin: 2.2 },
  /** How full the reservoir is to be, and the share of what is too much or missing that one frame takes, in percent. */
  reservoir: { targetPercent: 60, sharePercent: 15, leastPercent: 30 },
  /** More bits for an attack of level 1 to 3, in percent of the mean for the square of the level. */
  attackPercent: 15,
  /** A frame that is off by less, in percent of what it should have, is not quantised again. */
  tolerance: { overPercent: 6, underPercent: 12 },
} as const;

/** The numbers that the kernel needs, in the order of kernel/assembly/tuning.ts. */
export function kernelTuning(): Float32Array {
  const { rounding, leastScalefactor, noise, sparse, reservoir, attackPercent, tolerance } = TUNING;
  return Float32Array.of(
    rounding,
    leastScalefactor,
    noise.gain,
    noise.leastEnergy,
    sparse.binsPerOne,
    reservoir.sharePercent,
    reservoir.leastPercent,
    attackPercent,
    tolerance.overPercent,
    tolerance.underPercent,
  );
}
