/**
 * How much of a signal is a sine of one frequency: 1 for that sine alone, 0 for none of it.
 *
 * @param samples Any scale; offsets count as signal.
 * @see Goertzel, An algorithm for the evaluation of finite trigonometric series (1958)
 */
export function toneShare(
  samples: readonly number[] | Int16Array | Float32Array,
  frequencyHz: number,
  sampleRate: number,
): number {
  let energy = 0;
  for (const sample of samples) energy += sample ** 2;
  if (energy === 0) return 0;
  return (2 * tonePower(samples, frequencyHz, sampleRate)) / (energy * samples.length);
}

/** The whole frequency, in Hz, of which a signal holds most. */
export function dominantToneHz(
  samples: readonly number[] | Int16Array | Float32Array,
  sampleRate: number,
  { fromHz = 50, toHz = sampleRate / 2 - 50 } = {},
): number {
  let bestHz = fromHz;
  let bestPower = -Infinity;
  for (let frequencyHz = fromHz; frequencyHz <= toHz; frequencyHz++) {
    const power = tonePower(samples, frequencyHz, sampleRate);
    if (power > bestPower) {
      bestPower = power;
      bestHz = frequencyHz;
    }
  }
  return bestHz;
}

function tonePower(
  samples: readonly number[] | Int16Array | Float32Array,
  frequencyHz: number,
  sampleRate: number,
): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate);
  let before = 0;
  let last = 0;
  for (const sample of samples) {
    const now = sample + coefficient * last - before;
    before = last;
    last = now;
  }
  return last * last + before * before - coefficient * last * before;
}
