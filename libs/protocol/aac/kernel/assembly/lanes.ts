// Shorthand for vectors of four f32 or i32 in linear memory. `at` counts numbers of 32 bits from `base`.

export function loadLanes(base: usize, at: i32): v128 {
  return v128.load(base + ((<usize>at) << 2));
}

export function storeLanes(base: usize, at: i32, lanes: v128): void {
  v128.store(base + ((<usize>at) << 2), lanes);
}

export function loadFloat(base: usize, at: i32): f32 {
  return load<f32>(base + ((<usize>at) << 2));
}

export function storeFloat(base: usize, at: i32, value: f32): void {
  store<f32>(base + ((<usize>at) << 2), value);
}

export function loadInt(base: usize, at: i32): i32 {
  return load<i32>(base + ((<usize>at) << 2));
}

export function storeInt(base: usize, at: i32, value: i32): void {
  store<i32>(base + ((<usize>at) << 2), value);
}

export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

/** a3 a2 a1 a0 */
export function reversed(a: v128): v128 {
  return i8x16.shuffle(a, a, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
}

/** a0 a2 b0 b2 */
export function evens(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** a1 a3 b1 b3 */
export function odds(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/** a0 b0 a1 b1 */
export function zippedLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

/** a2 b2 a3 b3 */
export function zippedHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** a0 a1 b0 b1 */
export function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** a2 a3 b2 b3 */
export function highHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** (lane 0 + lane 2) + (lane 1 + lane 3): the order of every sum over lanes. */
export function sumOfLanes(a: v128): f32 {
  const pairs = add(a, highHalves(a, a));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

export function largestLane(a: v128): f32 {
  const pairs = f32x4.max(a, highHalves(a, a));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}
