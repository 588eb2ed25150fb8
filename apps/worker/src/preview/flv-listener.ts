import { Buffer } from 'node:buffer';
import type { Timer, Timers } from '#foundation';
import { TagQueue } from '#media';
import { buildFlvFileHeader, buildFlvFileTag, metadataTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { fromZero } from '../calls/from-zero.ts';
import type { MediaSource } from '../calls/ports.ts';

/** Where the bytes of a listener go. */
export interface FlvReader {
  /** @param taken Called when the network has taken the bytes. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** Writes the last bytes. @param taken Called when the network has taken everything. */
  end(bytes: Uint8Array, taken: () => void): void;
  destroy(): void;
}

/** Why a listener was let go. */
export type ListenerEnd = 'left' | 'slow' | 'callOver';

/** What a listener works with. */
export interface FlvListenerOptions {
  readonly source: MediaSource;
  readonly reader: FlvReader;
  readonly timers: Timers;
  readonly onEnd: (end: ListenerEnd) => void;
}

/** Media that waits for a slow listener; what is older is dropped. */
const MAX_QUEUED_MS = 2_000;
/** A network that takes nothing for so long is let go. */
const PATIENCE_MS = 10_000;

/**
 * Gives one listener the media of a call as an FLV stream, from timestamp 0. One write is under way at a time; what
 * comes meanwhile waits in a bounded queue, so that a slow network costs neither memory nor the call's time.
 */
export class FlvListener {
  readonly #options: FlvListenerOptions;
  readonly #queue = new TagQueue(MAX_QUEUED_MS);
  #detach: () => void = () => undefined;
  #patience: Timer | undefined;
  #isWriting = false;
  #isEnded = false;
  #droppedTags = 0;

  constructor(options: FlvListenerOptions) {
    this.#options = options;
    const { source } = options;
    const { metadata } = source;
    const hasVideo = 'videocodecid' in metadata;
    this.#write([
      buildFlvFileHeader({ hasAudio: true, hasVideo }),
      buildFlvFileTag(metadataTag(metadata, 0)),
    ]);
    this.#detach = source.attach(fromZero((tag) => this.#take(tag)));
  }

  /** Tags that the network was too slow for. */
  get droppedTags(): number {
    return this.#droppedTags;
  }

  /** Lets the listener go; harmless when repeated. */
  end(why: ListenerEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#detach();
    this.#patience?.cancel();
    const { reader, timers, onEnd } = this.#options;
    if (why === 'callOver') {
      const patience = timers.after(PATIENCE_MS, () => reader.destroy());
      reader.end(Buffer.concat(this.#waiting()), () => patience.cancel());
    } else {
      this.#queue.clear();
      reader.destroy();
    }
    onEnd(why);
  }

  #take(tag: FlvTag): void {
    if (this.#isEnded) return;
    this.#droppedTags += this.#queue.push(tag);
    if (!this.#isWriting) this.#flush();
  }

  #flush(): void {
    const waiting = this.#waiting();
    if (waiting.length > 0) this.#write(waiting);
  }

  /** Everything that waits, taken out of the queue. */
  #waiting(): Uint8Array[] {
    const waiting: Uint8Array[] = [];
    for (let tag = this.#queue.shift(); tag !== undefined; tag = this.#queue.shift()) {
      waiting.push(buildFlvFileTag(tag));
    }
    return waiting;
  }

  #write(parts: readonly Uint8Array[]): void {
    const { reader, timers } = this.#options;
    this.#isWriting = true;
    this.#patience = timers.after(PATIENCE_MS, () => this.end('slow'));
    reader.write(Buffer.concat(parts), () => {
      this.#isWriting = false;
      this.#patience?.cancel();
      if (!this.#isEnded) this.#flush();
    });
  }
}
