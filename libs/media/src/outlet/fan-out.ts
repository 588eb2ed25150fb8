import type { Micros } from '#foundation';
import type { FlvTag } from '#protocol/flv';
import type { Sink } from '../stage.ts';
import type { DeliveryQueue } from './delivery-queue.ts';

/**
 * Gives every tag to every outlet of a call. Outlets come and go while it runs; one that comes late gets the
 * sequence headers first. Tags may be kept by the outlets and are shared by all of them.
 *
 * @remarks No delay, or with a queue until the end of the beat; remembers one header per kind of track. Who
 * adds an outlet removes it.
 */
export class FanOut implements Sink<FlvTag> {
  /** Made anew by every change, so that outlets may come and go while it is walked through. */
  #outlets: readonly Sink<FlvTag>[] = [];
  readonly #headers = new Map<FlvTag['kind'], FlvTag>();
  readonly #queue: DeliveryQueue | undefined;
  #lastTimestampMs = 0;

  /** @param queue Where tags wait for the end of the beat. Default: none, they are handed on at once. */
  constructor(queue?: DeliveryQueue) {
    this.#queue = queue;
  }

  /** How many outlets there are. */
  get outletCount(): number {
    return this.#outlets.length;
  }

  /** Adds an outlet; it gets the headers at once and every tag from now on. */
  add(outlet: Sink<FlvTag>): void {
    if (this.#outlets.includes(outlet)) return;
    this.#outlets = [...this.#outlets, outlet];
    for (const header of this.#headers.values()) {
      outlet.write({ ...header, timestampMs: this.#lastTimestampMs });
    }
  }

  /** Takes an outlet out without ending it. */
  remove(outlet: Sink<FlvTag>): void {
    this.#outlets = this.#outlets.filter((each) => each !== outlet);
  }

  write(tag: FlvTag): void {
    if (this.#queue === undefined) this.deliver(tag);
    else this.#queue.post(this, tag);
  }

  /** Hands a tag to the outlets of now. */
  deliver(tag: FlvTag): void {
    if (tag.isSequenceHeader === true) this.#headers.set(tag.kind, tag);
    this.#lastTimestampMs = tag.timestampMs;
    for (const outlet of this.#outlets) outlet.write(tag);
  }

  tick(now: Micros): void {
    for (const outlet of this.#outlets) outlet.tick(now);
  }

  /** Ends the outlets that are left and lets them go. */
  end(): void {
    this.#queue?.deliver();
    const outlets = this.#outlets;
    this.#outlets = [];
    this.#headers.clear();
    for (const outlet of outlets) outlet.end();
  }

  describe(): string {
    return `fan-out(${this.#outlets.map((outlet) => outlet.describe()).join(', ')})`;
  }
}
