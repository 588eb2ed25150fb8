import type { Micros } from '#foundation';
import type { FlvTag } from '#protocol/flv';
import type { Sink } from '../stage.ts';

/**
 * Gives every tag to every outlet of a call. Outlets come and go while it runs; one that comes late gets the
 * sequence headers first, sound at once, and the picture from the next key frame on: nothing before that can be decoded.
 * Tags may be kept by the outlets and are shared by all of them.
 *
 * @remarks No delay; remembers one header per kind of track. Who adds an outlet removes it.
 */
export class FanOut implements Sink<FlvTag> {
  /** Made anew by every change, so that outlets may come and go while it is walked through. */
  #outlets: readonly Sink<FlvTag>[] = [];
  /** Outlets that have not had a key frame yet. */
  readonly #pictureless = new Set<Sink<FlvTag>>();
  readonly #headers = new Map<FlvTag['kind'], FlvTag>();
  #lastTimestampMs = 0;

  /** How many outlets there are. */
  get outletCount(): number {
    return this.#outlets.length;
  }

  /** Adds an outlet; it gets the headers at once, every other tag from now on, and video from the next key frame on. */
  add(outlet: Sink<FlvTag>): void {
    if (this.#outlets.includes(outlet)) return;
    this.#outlets = [...this.#outlets, outlet];
    this.#pictureless.add(outlet);
    for (const header of this.#headers.values()) {
      outlet.write({ ...header, timestampMs: this.#lastTimestampMs });
    }
  }

  /** Takes an outlet out without ending it. */
  remove(outlet: Sink<FlvTag>): void {
    this.#outlets = this.#outlets.filter((each) => each !== outlet);
    this.#pictureless.delete(outlet);
  }

  /** Says where the next tag will stand, at the earliest: who joins before it begins there. */
  skipTo(timestampMs: number): void {
    this.#lastTimestampMs = timestampMs;
  }

  write(tag: FlvTag): void {
    if (tag.isSequenceHeader === true) this.#headers.set(tag.kind, tag);
    this.#lastTimestampMs = tag.timestampMs;
    if (tag.isKeyFrame === true) this.#pictureless.clear();
    const isPicture = tag.kind === 'video' && tag.isSequenceHeader !== true;
    for (const outlet of this.#outlets) {
      if (!isPicture || !this.#pictureless.has(outlet)) outlet.write(tag);
    }
  }

  tick(now: Micros): void {
    for (const outlet of this.#outlets) outlet.tick(now);
  }

  /** Ends the outlets that are left and lets them go. */
  end(): void {
    const outlets = this.#outlets;
    this.#outlets = [];
    this.#headers.clear();
    this.#pictureless.clear();
    for (const outlet of outlets) outlet.end();
  }

  describe(): string {
    return `fan-out(${this.#outlets.map((outlet) => outlet.describe()).join(', ')})`;
  }
}
