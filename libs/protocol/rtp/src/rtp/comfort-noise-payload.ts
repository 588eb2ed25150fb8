/** What a silent sender says about its background noise. */
export interface ComfortNoisePayload {
  /** How far the noise is below a square wave of full scale, in dB: 0 to 127. */
  readonly levelDb: number;
  /** The shape of its spectrum as reflection coefficients, each between -1 and 1; none for white noise. */
  readonly reflections: readonly number[];
}

/** Coefficients that are read at most; the first ones say most. */
const MAX_REFLECTIONS = 16;
const NO_REFLECTION = 127;
const REFLECTION_STEP = 258 / 32_768;
const MAX_REFLECTION = 254;

/**
 * Reads the payload of a comfort noise packet; undefined if there is nothing in it.
 *
 * ```text
 * u1 = 0, u7 level; then one byte N for each coefficient: 258 * (N - 127) / 32768
 * ```
 *
 * @see RFC 3389 section 3
 */
export function parseComfortNoise(payload: Uint8Array): ComfortNoisePayload | undefined {
  const [level, ...shape] = payload.subarray(0, 1 + MAX_REFLECTIONS);
  if (level === undefined) return undefined;
  return {
    levelDb: level & 0x7f,
    reflections: shape.map(
      (byte) => (Math.min(byte, MAX_REFLECTION) - NO_REFLECTION) * REFLECTION_STEP,
    ),
  };
}
