import { Fault, KEPT_SIP_MESSAGES } from '#domain';
import type { CallId, SipBook, SipNote, SipRecord } from '#domain';
import type { Clock, Logger, Service, Timer, Timers } from '#foundation';
import { cutToBytes } from './cut-to-bytes.ts';

/** What a recorder works with. */
export interface SipRecorderOptions {
  readonly book: SipBook;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** How often what was heard is written. */
const PERIOD_MS = 1_000;
const MAX_TEXT_BYTES = 4_096;
/** Messages of all calls that wait to be written: 8 MB at most. */
const MAX_WAITING = 2_000;

/** What waits to be written of one call in one epoch: of many messages the first and the last. */
interface Waiting {
  readonly id: CallId;
  readonly records: SipRecord[];
}

/**
 * Writes down the SIP messages of all calls of this node, once a second. Nobody waits for it: while the store is away it keeps
 * a limited number of them, and what it keeps is lost with the node. Messages that are lost leave holes in the numbers.
 */
export class SipRecorder implements Service {
  readonly #options: SipRecorderOptions;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: SipRecorderOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#timer ??= this.#options.timers.every(PERIOD_MS, () => {
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    });
    return Promise.resolve();
  }

  /** Writes what waits, once. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
  }

  /** Who takes the messages of a call in one epoch. Neither throws nor waits. */
  readonly take = (id: CallId, epoch: number): ((note: SipNote) => void) => {
    let seq = 0;
    return (note) => {
      seq += 1;
      const text = cutToBytes(note.text, MAX_TEXT_BYTES);
      const at = new Date(this.#options.clock.wallMs());
      this.#add(id, { ...note, text, epoch, seq, at });
    };
  };

  #add(id: CallId, record: SipRecord): void {
    const key = `${id} ${record.epoch}`;
    const { records } = this.#waiting.get(key) ?? { records: [] as SipRecord[] };
    const { first, last } = KEPT_SIP_MESSAGES;
    const firstOfLast = records.findIndex(({ seq }) => seq > first);
    if (firstOfLast >= 0 && records.length - firstOfLast >= last) {
      records.splice(firstOfLast, 1);
      this.#count -= 1;
    }
    if (this.#count >= MAX_WAITING) return;
    records.push(record);
    this.#count += 1;
    this.#waiting.set(key, { id, records });
  }

  async #write(): Promise<void> {
    const batches = [...this.#waiting];
    for (const [key, { id, records }] of batches) {
      const batch = [...records];
      if (!(await this.#isSettled(id, batch))) return;
      this.#drop(key, new Set(batch));
    }
  }

  /** False when the store is away: it is asked again later. What it refuses for another reason is given up. */
  async #isSettled(id: CallId, batch: readonly SipRecord[]): Promise<boolean> {
    try {
      await this.#options.book.add(id, batch);
    } catch (error) {
      if (error instanceof Fault && error.code === 'STORE_UNAVAILABLE') return false;
      this.#options.logger.warn('call.sip_unwritten', { callId: id, error: String(error) });
    }
    return true;
  }

  #drop(key: string, written: ReadonlySet<SipRecord>): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    const left = waiting.records.filter((record) => !written.has(record));
    this.#count -= waiting.records.length - left.length;
    if (left.length === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, { ...waiting, records: left });
  }
}
