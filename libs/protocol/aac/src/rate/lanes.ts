/** Rounds to f32, as every operation of the kernel does. */
export const f32 = Math.fround;

/** The sum of four lanes in the kernel's order. */
export function laneTotal(lanes: Float32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = lanes;
  return f32(f32(a + c) + f32(b + d));
}

/** The nearest whole number, halves upwards. */
export function nearest(value: number): number {
  return Math.floor(f32(value + 0.5));
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);
const CUBIC = [f32(0.15824871), f32(-1.05187502), f32(3.04788415), f32(-2.15413)] as const;

/** Logarithm to base 2 in f32, off by 0.005 at most: a cubic for the mantissa. */
export function log2(value: number): number {
  float[0] = value;
  const [pattern = 0] = bits;
  const exponent = (pattern >> 23) - 127;
  bits[0] = (pattern & 0x7fffff) | 0x3f800000;
  const m = float[0];
  const [cube, square, linear, constant] = CUBIC;
  let sum = f32(f32(cube * m) + square);
  sum = f32(f32(sum * m) + linear);
  return f32(f32(exponent + f32(sum * m)) + constant);
}
