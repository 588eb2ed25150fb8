/** Every even bit is inverted on the wire (G.711 section 3, note to table 1a). */
const EVEN_BITS = 0x55;

/**
 * The 16-bit linear sample of one A-law code word.
 *
 * ```text
 *  bit   7      6 5 4      3 2 1 0        even bits inverted on the wire; sign 1 is positive
 *      sign | segment |  interval
 * ```
 *
 * @see ITU-T G.711 (11/1988) tables 1a and 1b; their 13-bit values are scaled to 16 bits.
 */
export function aLawToLinear(code: number): number {
  const plain = code ^ EVEN_BITS;
  const segment = (plain >> 4) & 7;
  const interval = ((plain & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? interval : (interval + 0x100) << (segment - 1);
  return (plain & 0x80) === 0 ? -magnitude : magnitude;
}

/** The A-law code word whose interval holds a 16-bit linear sample. Same source as {@link aLawToLinear}. */
export function linearToALaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(sample < 0 ? ~sample : sample, 0x7fff);
  const segment = Math.max(0, 24 - Math.clz32(magnitude));
  const interval = (magnitude >> (segment === 0 ? 4 : segment + 3)) & 0x0f;
  return (sign | (segment << 4) | interval) ^ EVEN_BITS;
}
