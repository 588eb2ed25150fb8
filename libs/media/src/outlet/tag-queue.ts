import type { FlvTag } from '#protocol/flv';

/** More tags than 2 s of sound and picture ever have; holds when timestamps do not grow. */
const MAX_TAGS = 1024;
/** 2 s at 32 Mbit/s. */
const MAX_BYTES = 8_388_608;

/**
 * Tags that wait for a socket or a disk. Holds a bounded stretch of time and gives up whole frames, the oldest first: a video
 * frame takes those with it that cannot be decoded without it, up to the next key frame. For want of room video goes
 * before audio. What configures a decoder or describes the stream stays as long as it can.
 */
export class TagQueue {
  readonly #maxQueuedMs: number;
  #tags: FlvTag[] = [];
  #sizeBytes = 0;
  /** The newest video was dropped: what builds on it is of no use. */
  #awaitsKeyFrame = false;

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

  /** Between the oldest and the newest frame. */
  get queuedMs(): number {
    const oldest = this.#tags.find(isFrame);
    const newest = this.#tags.at(-1);
    if (oldest === undefined || newest === undefined) return 0;
    return Math.max(0, newest.timestampMs - oldest.timestampMs);
  }

  /** Whether a tag may be sent past the queue; asked once for each that is. */
  admits(tag: FlvTag): boolean {
    if (!this.#awaitsKeyFrame || !isVideoFrame(tag)) return true;
    this.#awaitsKeyFrame = tag.isKeyFrame !== true;
    return !this.#awaitsKeyFrame;
  }

  /** Adds a tag; returns how many were dropped for it, itself included. */
  push(tag: FlvTag): number {
    if (!this.admits(tag)) return 1;
    this.#tags.push(tag);
    this.#sizeBytes += tag.body.length;
    let dropped = 0;
    for (let at = this.#excess(tag); at >= 0; at = this.#excess(tag)) dropped += this.#drop(at);
    return dropped;
  }

  /** The oldest tag, taken out. */
  shift(): FlvTag | undefined {
    const tag = this.#tags.shift();
    this.#sizeBytes -= tag?.body.length ?? 0;
    return tag;
  }

  clear(): void {
    this.#tags = [];
    this.#sizeBytes = 0;
  }

  /** Where the tag stands that has to go, or -1. */
  #excess(newest: FlvTag): number {
    if (this.#tags.length > MAX_TAGS || this.#sizeBytes > MAX_BYTES) return this.#leastMissed();
    const oldestMs = newest.timestampMs - this.#maxQueuedMs;
    return this.#tags.findIndex(
      (tag) => isFrame(tag) && tag !== newest && tag.timestampMs < oldestMs,
    );
  }

  #leastMissed(): number {
    if (this.#tags.length < 2) return -1;
    const video = this.#tags.findIndex(isVideoFrame);
    return video >= 0 ? video : Math.max(0, this.#tags.findIndex(isFrame));
  }

  /** Drops a tag, and of video all that cannot be decoded without it; returns how many. */
  #drop(at: number): number {
    const victim = this.#tags[at];
    if (victim === undefined) return 0;
    const doomed = new Set([victim]);
    if (isVideoFrame(victim)) {
      this.#awaitsKeyFrame = true;
      for (const tag of this.#tags.slice(at + 1)) {
        if (!isVideoFrame(tag)) continue;
        this.#awaitsKeyFrame = tag.isKeyFrame !== true;
        if (!this.#awaitsKeyFrame) break;
        doomed.add(tag);
      }
    }
    this.#tags = this.#tags.filter((tag) => !doomed.has(tag));
    for (const tag of doomed) this.#sizeBytes -= tag.body.length;
    return doomed.size;
  }
}

const isFrame = (tag: FlvTag): boolean => tag.kind !== 'script' && tag.isSequenceHeader !== true;
const isVideoFrame = (tag: FlvTag): boolean => tag.kind === 'video' && isFrame(tag);
