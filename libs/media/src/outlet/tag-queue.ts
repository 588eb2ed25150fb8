import type { FlvTag } from '#protocol/flv';

/** More tags than 2 s of sound and picture ever have; holds when timestamps do not grow. */
const MAX_TAGS = 1024;

/** Tags that wait for a socket or a disk. Holds a bounded stretch of time and gives up the oldest frames first. */
export class TagQueue {
  readonly #maxQueuedMs: number;
  readonly #tags: FlvTag[] = [];
  #sizeBytes = 0;

  /** @param maxQueuedMs Longest stretch between the oldest and the newest frame. */
  constructor(maxQueuedMs: number) {
    this.#maxQueuedMs = maxQueuedMs;
  }

  get length(): number {
    return this.#tags.length;
  }

  /** Bytes of the bodies that wait. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Adds a tag; returns how many old ones were dropped for it. */
  push(tag: FlvTag): number {
    this.#tags.push(tag);
    this.#sizeBytes += tag.body.length;
    let dropped = 0;
    for (let at = this.#excess(tag); at >= 0; at = this.#excess(tag)) {
      const [victim] = this.#tags.splice(at, 1);
      this.#sizeBytes -= victim?.body.length ?? 0;
      dropped += 1;
    }
    return dropped;
  }

  /** The oldest tag, taken out. */
  shift(): FlvTag | undefined {
    const tag = this.#tags.shift();
    this.#sizeBytes -= tag?.body.length ?? 0;
    return tag;
  }

  clear(): void {
    this.#tags.length = 0;
    this.#sizeBytes = 0;
  }

  /** Where the tag stands that has to go, or -1. What configures a decoder stays as long as it can. */
  #excess(newest: FlvTag): number {
    const oldest = this.#tags.findIndex(isFrame);
    if (this.#tags.length > MAX_TAGS) return Math.max(oldest, 0);
    const tag = this.#tags[oldest];
    if (tag === undefined || tag === newest) return -1;
    return newest.timestampMs - tag.timestampMs > this.#maxQueuedMs ? oldest : -1;
  }
}

const isFrame = (tag: FlvTag): boolean => tag.kind !== 'script' && tag.isSequenceHeader !== true;
