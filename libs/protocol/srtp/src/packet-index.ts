const SEQUENCES = 2 ** 16;
const HALF = 2 ** 15;

/**
 * The 48-bit index of a packet: the one nearest to the highest index so far that ends in its sequence number.
 *
 * @param highest Undefined before the first packet, whose roll-over counter is 0 (RFC 4568 section 6.4).
 * @returns Below 0 for a packet from before the first one.
 * @see RFC 3711 section 3.3.1 and appendix A
 */
export function estimateIndex(sequence: number, highest: number | undefined): number {
  if (highest === undefined) return sequence;
  const last = highest % SEQUENCES;
  const index = highest - last + sequence;
  if (last < HALF) return sequence - last > HALF ? index - SEQUENCES : index;
  return last - HALF > sequence ? index + SEQUENCES : index;
}

/** The roll-over counter in an index. */
export const rollOverOf = (index: number): number => Math.floor(index / SEQUENCES);
