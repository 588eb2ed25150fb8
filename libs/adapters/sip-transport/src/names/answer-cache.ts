import type { Clock } from '#foundation';
import type { NameAnswer } from '#protocol/sip';

/** How long an answer of the name servers may be used when it does not say, in seconds: Node gives TTLs of addresses only. */
const USUAL_SECONDS = 60;
const MIN_SECONDS = 5;
const MAX_SECONDS = 3600;
/** How long a name is taken for unknown, in seconds. */
const UNKNOWN_SECONDS = 15;
/** How long nobody is asked again after a failure, in seconds. */
const FAILED_SECONDS = 2;
/** Answers that are kept; the oldest make room. */
const MAX_ANSWERS = 512;
/** Questions that may be waiting for their answers; further ones fail at once. */
const MAX_WAITING = 128;

/** An answer with the time that it may be used for. */
export interface LimitedAnswer<T> extends NameAnswer<T> {
  /** Absent when the answer does not say. */
  readonly ttlSeconds?: number;
}

interface Entry<T> {
  readonly answer: Promise<NameAnswer<T>>;
  /** On the monotonic clock; endless as long as there is no answer. */
  untilMicros: number;
}

/** Answers to one kind of question, each asked once at a time and again when its time is over. */
export class AnswerCache<T> {
  readonly #clock: Clock;
  readonly #ask: (name: string) => Promise<LimitedAnswer<T>>;
  readonly #entries = new Map<string, Entry<T>>();
  #waitingCount = 0;

  /** @param ask Never rejects. */
  constructor(clock: Clock, ask: (name: string) => Promise<LimitedAnswer<T>>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Answers that are kept, or waited for. */
  get size(): number {
    return this.#entries.size;
  }

  /** Questions that wait for their answer. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  async get(name: string): Promise<NameAnswer<T>> {
    const known = this.#entries.get(name);
    if (known !== undefined && known.untilMicros > this.#clock.nowMicros()) {
      return await known.answer;
    }
    if (this.#waitingCount >= MAX_WAITING) return { records: [], hasFailed: true };
    return await this.#add(name).answer;
  }

  #add(name: string): Entry<T> {
    this.#entries.delete(name);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size < MAX_ANSWERS) break;
      this.#entries.delete(oldest);
    }
    this.#waitingCount += 1;
    const asked = this.#ask(name).then((answer) => {
      this.#waitingCount -= 1;
      entry.untilMicros = this.#clock.nowMicros() + secondsOf(answer) * 1_000_000;
      return answer;
    });
    const entry: Entry<T> = { answer: asked, untilMicros: Infinity };
    this.#entries.set(name, entry);
    return entry;
  }
}

function secondsOf({ records, hasFailed, ttlSeconds }: LimitedAnswer<unknown>): number {
  if (hasFailed) return FAILED_SECONDS;
  if (records.length === 0) return UNKNOWN_SECONDS;
  if (ttlSeconds === undefined) return USUAL_SECONDS;
  return Math.min(Math.max(ttlSeconds, MIN_SECONDS), MAX_SECONDS);
}
