// What src/rate/tuning.ts says, filled by the host (`kernelTuning()`): numbers of 32 bits, f32, in this order.

/** Address of the numbers. */
export const TUNING: usize = memory.data(16 * 4, 16);

function tuned(at: i32): f32 {
  return load<f32>(TUNING + ((<usize>at) << 2));
}

export function rounding(): f32 {
  return tuned(0);
}

export function leastScalefactor(): i32 {
  return <i32>tuned(1);
}

export function noiseGain(): f32 {
  return tuned(2);
}

export function leastNoiseEnergy(): i32 {
  return <i32>tuned(3);
}

export function binsPerOne(): i32 {
  return <i32>tuned(4);
}

export function sharePercent(): i32 {
  return <i32>tuned(5);
}

export function leastPercent(): i32 {
  return <i32>tuned(6);
}

export function attackPercent(): i32 {
  return <i32>tuned(7);
}

export function overPercent(): i32 {
  return <i32>tuned(8);
}

export function underPercent(): i32 {
  return <i32>tuned(9);
}
