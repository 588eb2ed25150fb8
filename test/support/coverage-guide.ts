import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

/** Offsets in a source, from the first to before the last. */
type Interval = readonly [number, number];

/** What was not run of each function that was, by script and place. */
type Look = ReadonlyMap<string, readonly Interval[]>;

/** Tells whether code was run that never ran before, by the precise block coverage of V8. */
export class CoverageGuide {
  readonly #session = new Session();
  readonly #isWatched: (url: string) => boolean;
  readonly #unseen = new Map<string, readonly Interval[]>();

  /** @param isWatched Chooses the sources that count. */
  constructor(isWatched: (url: string) => boolean) {
    this.#isWatched = isWatched;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** How many functions have run. */
  get functionCount(): number {
    return this.#unseen.size;
  }

  /** What has run since the last look. */
  look(): Look {
    const seen = new Map<string, readonly Interval[]>();
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      for (const { url, scriptId, functions } of taken.result) {
        if (!this.#isWatched(url)) continue;
        for (const { ranges } of functions) note(seen, scriptId, ranges);
      }
    });
    return seen;
  }

  /** Whether something of it never ran before. */
  isNew(look: Look): boolean {
    for (const [place, missed] of look) {
      const unseen = this.#unseen.get(place);
      if (unseen === undefined || sizeOf(common(unseen, missed)) < sizeOf(unseen)) return true;
    }
    return false;
  }

  /** Begins anew. The coverage goes on: what is compiled without it would stay blind. */
  forget(): void {
    this.look();
    this.#unseen.clear();
  }

  learn(look: Look): void {
    for (const [place, missed] of look) {
      const unseen = this.#unseen.get(place);
      this.#unseen.set(place, unseen === undefined ? missed : common(unseen, missed));
    }
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

/** The first range is the function; those within that did not run are disjoint. */
function note(
  seen: Map<string, readonly Interval[]>,
  scriptId: string,
  ranges: readonly Profiler.CoverageRange[],
): void {
  const [whole] = ranges;
  if (whole === undefined || whole.count === 0) return;
  const missed = ranges
    .filter(({ count }) => count === 0)
    .map(({ startOffset, endOffset }): Interval => [startOffset, endOffset]);
  seen.set(`${scriptId}:${whole.startOffset}-${whole.endOffset}`, missed);
}

function common(some: readonly Interval[], others: readonly Interval[]): readonly Interval[] {
  return some.flatMap(([start, end]) =>
    others
      .map(([from, to]): Interval => [Math.max(start, from), Math.min(end, to)])
      .filter(([from, to]) => from < to),
  );
}

const sizeOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, [start, end]) => sum + end - start, 0);
