/** What became of one packet. */
export interface PacketFate {
  readonly sentAtMs: number;
  /** When it arrived: never, once or twice. */
  readonly arrivedAtMs: readonly number[];
  /** What it suffered on its way; a lost one suffered nothing else. */
  readonly damage: 'none' | 'corrupted' | 'truncated';
}

/** The exact account of what a network did: one fate for each packet, in the order they were sent. */
export class TroubleLedger {
  readonly fates: readonly PacketFate[];
  /** Packets that arrived after one that was sent later. */
  readonly reorderedCount: number;

  constructor(fates: readonly PacketFate[]) {
    this.fates = fates;
    this.reorderedCount = countReordered(fates);
  }

  /** Packets that never arrived. */
  get lostCount(): number {
    return this.fates.filter(({ arrivedAtMs }) => arrivedAtMs.length === 0).length;
  }

  /** Packets that arrived twice. */
  get duplicateCount(): number {
    return this.fates.filter(({ arrivedAtMs }) => arrivedAtMs.length > 1).length;
  }

  get corruptedCount(): number {
    return this.fates.filter(({ damage }) => damage === 'corrupted').length;
  }

  get truncatedCount(): number {
    return this.fates.filter(({ damage }) => damage === 'truncated').length;
  }

  /** How many packets in a row were lost, one number for each such row. */
  get lostRuns(): readonly number[] {
    const runs: number[] = [];
    let isOpen = false;
    for (const { arrivedAtMs } of this.fates) {
      const isLost = arrivedAtMs.length === 0;
      if (isLost) runs.push((isOpen ? (runs.pop() ?? 0) : 0) + 1);
      isOpen = isLost;
    }
    return runs;
  }
}

function countReordered(fates: readonly PacketFate[]): number {
  let count = 0;
  let earliestAfterMs = Infinity;
  for (let index = fates.length - 1; index >= 0; index--) {
    const arrivedAtMs = fates[index]?.arrivedAtMs[0];
    if (arrivedAtMs === undefined) continue;
    if (arrivedAtMs > earliestAfterMs) count += 1;
    earliestAfterMs = Math.min(earliestAfterMs, arrivedAtMs);
  }
  return count;
}
