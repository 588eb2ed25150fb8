import type { CallStats } from '#sdk';

/** Ten minutes at one point a second. */
export const RING_POINTS = 600;

/** The figures of one second; null where nothing is known. */
export interface StatsPoint {
  /** Unix time in seconds, of when they were taken. */
  readonly at: number;
  readonly levelDbfs: number | null;
  readonly peakDbfs: number | null;
  /** Of the packets since the point before, 0 to 100. */
  readonly lossPercent: number | null;
  readonly jitterMs: number | null;
  readonly bufferMs: number | null;
  readonly roundTripMs: number | null;
  readonly mos: number | null;
  readonly outputs: ReadonlyMap<string, OutputPoint>;
}

interface OutputPoint {
  /** Since the point before. */
  readonly kilobitsPerSecond: number | null;
  readonly queuedMs: number;
}

/** Silence is told as -127; the charts end at -60, below which nothing is heard. */
const FLOOR_DBFS = -60;
/** A longer gap is drawn as one. */
const GAP_SECONDS = 3;

/** The last ten minutes of a call's figures. What charts draw; it is not drawn by itself. */
export class StatsRing {
  readonly #points: StatsPoint[] = [];
  readonly #onChange = new Set<() => void>();
  #last: CallStats | undefined;

  get points(): readonly StatsPoint[] {
    return this.#points;
  }

  get newest(): StatsPoint | undefined {
    return this.#points.at(-1);
  }

  readonly onChange = (listener: () => void): (() => void) => {
    this.#onChange.add(listener);
    return () => void this.#onChange.delete(listener);
  };

  take(stats: CallStats): void {
    const at = Date.parse(stats.at) / 1_000;
    const newest = this.newest;
    // Told once more, or late.
    if (Number.isNaN(at) || (newest !== undefined && at <= newest.at)) return;
    if (newest !== undefined && at - newest.at > GAP_SECONDS) this.#add(nothingAt(newest.at + 1));
    this.#add(pointOf(at, stats, this.#last));
    this.#last = stats;
    for (const hear of this.#onChange) hear();
  }

  #add(point: StatsPoint): void {
    this.#points.push(point);
    if (this.#points.length > RING_POINTS) this.#points.shift();
  }
}

const nothingAt = (at: number): StatsPoint => ({
  ...{ at, levelDbfs: null, peakDbfs: null, lossPercent: null, jitterMs: null },
  ...{ bufferMs: null, roundTripMs: null, mos: null, outputs: new Map() },
});

function pointOf(at: number, stats: CallStats, last: CallStats | undefined): StatsPoint {
  // Another node counts anew.
  const before = last?.epoch === stats.epoch ? last : undefined;
  const { levelDbfs, peakDbfs, jitterMs, bufferMs, roundTripMs, mos } = stats.audio;
  return {
    at,
    levelDbfs: Math.max(FLOOR_DBFS, levelDbfs),
    peakDbfs: Math.max(FLOOR_DBFS, peakDbfs),
    lossPercent: before === undefined ? null : lossPercent(stats, before),
    ...{ jitterMs, bufferMs, roundTripMs, mos },
    outputs: new Map(
      stats.outputs.map(({ id, bytes, queuedMs }) => {
        const old = before?.outputs.find((output) => output.id === id);
        const seconds =
          before === undefined ? 0 : (Date.parse(stats.at) - Date.parse(before.at)) / 1_000;
        const kilobitsPerSecond =
          old === undefined || bytes < old.bytes
            ? null
            : ((bytes - old.bytes) * 8) / 1_000 / seconds;
        return [id, { kilobitsPerSecond, queuedMs }];
      }),
    ),
  };
}

function lossPercent({ audio }: CallStats, { audio: before }: CallStats): number | null {
  const [lost, packets] = [audio.lost - before.lost, audio.packets - before.packets];
  if (lost < 0 || packets < 0) return null;
  return lost + packets === 0 ? 0 : (100 * lost) / (lost + packets);
}
