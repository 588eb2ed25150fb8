/** Even ports of a range as the place of pairs. */
export interface PortRange {
  /** Even. */
  readonly first: number;
  readonly pairCount: number;
}

const RANGE = /^(\d{1,5})-(\d{1,5})$/;

/**
 * Reads `20000-29999`.
 *
 * @throws RangeError if it is no range with room for a pair between 1024 and 65535.
 */
export function parsePortRange(text: string): PortRange {
  const match = RANGE.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  const first = from + (from % 2);
  const pairCount = Math.floor((to - first + 1) / 2);
  if (!(from >= 1024 && to <= 65_535 && pairCount >= 1)) {
    throw new RangeError(
      `'${text}' is no range of ports with room for a pair, such as 20000-29999`,
    );
  }
  return { first, pairCount };
}
