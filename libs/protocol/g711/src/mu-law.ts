/** Added to a magnitude so that every segment starts at a power of two. */
const BIAS = 0x84;
const LARGEST_MAGNITUDE = 32_635;

/**
 * The 16-bit linear sample of one mu-law code word.
 *
 * ```text
 *  bit   7      6 5 4      3 2 1 0        all bits inverted on the wire
 *      sign | segment |  interval
 * ```
 *
 * @see ITU-T G.711 (11/1988) tables 2a and 2b; their 14-bit values are scaled to 16 bits.
 */
export function muLawToLinear(code: number): number {
  const inverted = ~code & 0xff;
  const segment = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 0x0f) << 3) + BIAS) << segment) - BIAS;
  return (inverted & 0x80) === 0 ? magnitude : -magnitude;
}

/** The mu-law code word nearest below a 16-bit linear sample. Same source as {@link muLawToLinear}. */
export function linearToMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), LARGEST_MAGNITUDE) + BIAS;
  const segment = 24 - Math.clz32(biased);
  const interval = (biased >> (segment + 3)) & 0x0f;
  return ~(sign | (segment << 4) | interval) & 0xff;
}
