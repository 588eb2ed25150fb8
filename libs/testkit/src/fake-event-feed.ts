import { Fault } from '#domain';
import type { EventFeed, EventRecord } from '#domain';

/** A feed over a list. Cursors are `c0`, `c1`, …: the number of events before the place. */
export class FakeEventFeed implements EventFeed {
  readonly #events: EventRecord[] = [];
  #failure: Error | undefined;
  /** How often it was read. */
  reads = 0;

  /** Adds an event and gives it its cursor. */
  add(event: Omit<EventRecord, 'cursor'>): EventRecord {
    const added = { ...event, cursor: `c${this.#events.length + 1}` };
    this.#events.push(added);
    return added;
  }

  failWith(failure: Error | undefined): void {
    this.#failure = failure;
  }

  tail(): Promise<string> {
    return Promise.resolve(`c${this.#events.length}`);
  }

  read(cursor: string, limit: number): Promise<readonly EventRecord[]> {
    this.reads++;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const place = /^c(\d+)$/.exec(cursor)?.[1];
    if (place === undefined) return Promise.reject(new Fault('REQUEST_INVALID'));
    return Promise.resolve(this.#events.slice(Number(place), Number(place) + limit));
  }
}
