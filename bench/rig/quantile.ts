/** The value below or at which that share of all values lies; infinite when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.POSITIVE_INFINITY;
}

/** The value in the middle. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Rounds to so many digits behind the point. */
export const round = (value: number, digits: number): number => Number(value.toFixed(digits));
