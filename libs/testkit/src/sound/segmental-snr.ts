/** How near a copy is to the original, in the frames of 20 ms in which there is sound. */
export interface SegmentalSnr {
  /** Mean over the frames, each clipped to -10..60 dB. More is better. */
  readonly meanDb: number;
  /** The worst 5 % of the frames are not better than this. */
  readonly worstDb: number;
  /** Level of the whole copy beside the original's. */
  readonly levelDb: number;
}

const FRAMES_PER_SECOND = 50;
/** Frames below this are pauses; of full scale 1. */
const ACTIVE_POWER = 1e-5;
const LEAST_DB = -10;
const MOST_DB = 60;

/** Signal to noise ratio by segments; full scale is 1, the copy lies over the original already. */
export function segmentalSnr(
  original: ArrayLike<number>,
  copy: ArrayLike<number>,
  sampleRate: number,
): SegmentalSnr {
  const frame = Math.round(sampleRate / FRAMES_PER_SECOND);
  const ratios: number[] = [];
  let [energy, copyEnergy] = [0, 0];
  for (let at = 0; at + frame <= Math.min(original.length, copy.length); at += frame) {
    let [signal, noise] = [0, 0];
    for (let i = at; i < at + frame; i++) {
      const due = original[i] ?? 0;
      const heard = copy[i] ?? 0;
      signal += due * due;
      noise += (heard - due) ** 2;
      copyEnergy += heard * heard;
    }
    energy += signal;
    if (signal / frame <= ACTIVE_POWER) continue;
    const ratio = 10 * Math.log10(signal / (noise + frame * 1e-14));
    ratios.push(Math.max(LEAST_DB, Math.min(MOST_DB, ratio)));
  }
  ratios.sort((a, b) => a - b);
  const sum = ratios.reduce((total, ratio) => total + ratio, 0);
  return {
    meanDb: sum / ratios.length,
    worstDb: ratios[Math.floor(ratios.length / 20)] ?? NaN,
    levelDb: 10 * Math.log10(copyEnergy / energy),
  };
}
