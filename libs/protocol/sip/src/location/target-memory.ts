import type { Clock } from '#foundation';
import type { TransportPath } from '../transaction/transport-path.ts';

/** How long a target that failed stands behind the others, in seconds, when it did not say itself. */
const REST_SECONDS = 60;
/** The longest rest that a target may ask for by Retry-After, in seconds. */
const MAX_REST_SECONDS = 300;
/** How long requests with one Call-ID are kept together, in seconds. */
const TOGETHER_SECONDS = 60;
/** Targets that are remembered as failed; the one that failed first is forgotten first. */
const MAX_RESTING = 1024;
/** Call-IDs that are remembered; the oldest is forgotten first. */
const MAX_TOGETHER = 4096;

/**
 * What earlier requests found out about targets: which ones are better left alone for a while, and which one answered
 * a request with the same Call-ID (RFC 3263 section 4.3; RFC 3261 section 21.5.4 for Retry-After).
 */
export class TargetMemory {
  readonly #clock: Clock;
  /** When a failed target may be preferred again, in microseconds, by target. */
  readonly #resting = new Map<string, number>();
  readonly #together = new Map<string, { readonly key: string; readonly untilMicros: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Targets and Call-IDs that are remembered. */
  get size(): number {
    return this.#resting.size + this.#together.size;
  }

  /** A target answered: it is as good as any. */
  answered(path: TransportPath, callId: string): void {
    const key = keyOf(path);
    this.#resting.delete(key);
    this.#together.delete(callId);
    this.#together.set(callId, { key, untilMicros: this.#inSeconds(TOGETHER_SECONDS) });
    this.#forget(this.#together, MAX_TOGETHER, ({ untilMicros }) => untilMicros);
  }

  /** @param restSeconds How long others are to be tried before it. Default: 60; at most 300 count. */
  failed(path: TransportPath, restSeconds = REST_SECONDS): void {
    const key = keyOf(path);
    this.#resting.delete(key);
    this.#resting.set(key, this.#inSeconds(Math.min(restSeconds, MAX_REST_SECONDS)));
    this.#forget(this.#resting, MAX_RESTING, (untilMicros) => untilMicros);
  }

  /** Whether a target failed lately. */
  isResting(path: TransportPath): boolean {
    return this.#isAhead(this.#resting.get(keyOf(path)) ?? -Infinity);
  }

  /** The same targets: first the one that answered that Call-ID, then the others, last those that failed lately. */
  inOrder(paths: readonly TransportPath[], callId: string): readonly TransportPath[] {
    const known = this.#together.get(callId);
    const preferred =
      known !== undefined && this.#isAhead(known.untilMicros) ? known.key : undefined;
    const rankOf = (path: TransportPath): number => {
      if (this.isResting(path)) return 2;
      return keyOf(path) === preferred ? 0 : 1;
    };
    return paths
      .map((path) => ({ path, rank: rankOf(path) }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ path }) => path);
  }

  #inSeconds(seconds: number): number {
    return this.#clock.nowMicros() + seconds * 1_000_000;
  }

  #isAhead(untilMicros: number): boolean {
    return untilMicros > this.#clock.nowMicros();
  }

  /** Drops what is over, and the oldest while there are too many. */
  #forget<T>(table: Map<string, T>, limit: number, untilOf: (entry: T) => number): void {
    for (const [key, entry] of table) {
      if (table.size <= limit && this.#isAhead(untilOf(entry))) break;
      table.delete(key);
    }
  }
}

const keyOf = ({ transport, address, port, serverName = '' }: TransportPath): string =>
  `${transport} ${address} ${port} ${serverName}`;
