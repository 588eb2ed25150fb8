import { microsFromMs } from '#foundation';
import type { Micros } from '#foundation';
import { TagQueue } from '#media';
import type { FlvTag } from '#protocol/flv';
import type { Congestion } from './publish-contract.ts';

/** Congestion is over when nothing was dropped for so long and nothing waits. */
const CALM_MS = 10_000;

/** Media that waits for a slow server, and whether that is worth telling. */
export class MediaQueue {
  readonly #tags: TagQueue;
  readonly #onCongested: ((congestion: Congestion) => void) | undefined;
  #droppedTags = 0;
  #droppedBefore = 0;
  #lastDrop: Micros | undefined;

  constructor(maxQueuedMs: number, onCongested: ((congestion: Congestion) => void) | undefined) {
    this.#tags = new TagQueue(maxQueuedMs);
    this.#onCongested = onCongested;
  }

  get isEmpty(): boolean {
    return this.#tags.length === 0;
  }

  get sizeBytes(): number {
    return this.#tags.sizeBytes;
  }

  get queuedMs(): number {
    return this.#tags.queuedMs;
  }

  get droppedTags(): number {
    return this.#droppedTags;
  }

  get isCongested(): boolean {
    return this.#lastDrop !== undefined;
  }

  /** Whether a tag may be sent past the queue, which is empty. One that may not is dropped. */
  admits(tag: FlvTag, now: Micros): boolean {
    const isAdmitted = this.#tags.admits(tag);
    if (!isAdmitted) this.#dropped(1, now);
    return isAdmitted;
  }

  push(tag: FlvTag, now: Micros): void {
    this.#dropped(this.#tags.push(tag), now);
  }

  shift(): FlvTag | undefined {
    return this.#tags.shift();
  }

  clear(): void {
    this.#tags.clear();
  }

  /** To be called every second. */
  look(now: Micros): void {
    if (this.#lastDrop === undefined || !this.isEmpty) return;
    if (now - this.#lastDrop < microsFromMs(CALM_MS)) return;
    this.#lastDrop = undefined;
    this.#tell(true);
    this.#droppedBefore = this.#droppedTags;
  }

  #dropped(count: number, now: Micros): void {
    if (count === 0) return;
    this.#droppedTags += count;
    const isNew = this.#lastDrop === undefined;
    this.#lastDrop = now;
    if (isNew) this.#tell(false);
  }

  #tell(isOver: boolean): void {
    const droppedTags = this.#droppedTags - this.#droppedBefore;
    this.#onCongested?.({ isOver, droppedTags, queuedMs: this.queuedMs });
  }
}
