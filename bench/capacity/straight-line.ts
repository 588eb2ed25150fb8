/** What some number of calls has cost in all. */
export interface TotalCost {
  readonly calls: number;
  readonly cpuPct: number;
}

/** The straight line that fits best: what is fixed, and what each call adds. */
export interface CostLine {
  readonly fixedCpuPct: number;
  readonly cpuPctPerCall: number;
  /** How far the step that fits worst is from the line, in percent of the line. */
  readonly worstDeviationPct: number;
}

/** Least squares of the relative errors, so that ten calls count as much as two hundred. Undefined for fewer than three steps. */
export function straightLine(costs: readonly TotalCost[]): CostLine | undefined {
  if (costs.length < 3) return undefined;
  let [weight, calls, squares, cost, product] = [0, 0, 0, 0, 0];
  for (const { calls: count, cpuPct } of costs) {
    const share = 1 / cpuPct ** 2;
    weight += share;
    calls += share * count;
    squares += share * count ** 2;
    cost += share * cpuPct;
    product += share * count * cpuPct;
  }
  const cpuPctPerCall = (weight * product - calls * cost) / (weight * squares - calls ** 2);
  const fixedCpuPct = (cost - cpuPctPerCall * calls) / weight;
  const deviations = costs.map((step) => {
    const expected = fixedCpuPct + cpuPctPerCall * step.calls;
    return (100 * Math.abs(step.cpuPct - expected)) / expected;
  });
  return { fixedCpuPct, cpuPctPerCall, worstDeviationPct: Math.max(...deviations) };
}
