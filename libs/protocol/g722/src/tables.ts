/** The tables of ITU-T G.722 (09/2012), by the names they have there. */

/** Of the low band's scale: what a code of 4 bits adds to its logarithm (table 14, by way of `IL4`). */
const WL = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const RL4 = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];
export const LOW_SCALE_STEPS = Int16Array.from(RL4, (index) => WL[index] ?? 0);

/** The same of the high band, by its code of 2 bits (table 20). */
export const HIGH_SCALE_STEPS = Int16Array.of(798, -214, 798, -214);

/** Powers of 2 from 1 to 2 in 32 steps, times 2048 (table 15). */
export const ILB = Int16Array.of(
  ...[2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774],
  ...[2834, 2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838],
  ...[3922, 4008],
);

/** Inverse quantizers: of the high band, of the low band for its predictor and for the ear (tables 19, 18, 16). */
export const QM2 = Int16Array.of(-7408, -1616, 7408, 1616);
export const QM4 = Int16Array.of(
  ...[0, -20456, -12896, -8968, -6288, -4240, -2584, -1200],
  ...[20456, 12896, 8968, 6288, 4240, 2584, 1200, 0],
);
export const QM6 = Int16Array.of(
  ...[-136, -136, -136, -136, -24808, -21904, -19008, -16704],
  ...[-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856],
  ...[-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576],
  ...[-3168, -2776, -2400, -2032, -1688, -1360, -1040, -728],
  ...[24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192],
  ...[10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456],
  ...[4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032],
  ...[1688, 1360, 1040, 728, 432, 136, -432, -136],
);

/** One half of the mirror filter that joins the bands; the other half is the same backwards (table 11). */
export const QMF = Int16Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);
