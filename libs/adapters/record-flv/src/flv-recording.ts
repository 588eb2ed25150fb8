import { Buffer } from 'node:buffer';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withDeadline } from '#foundation';
import type { Timer, Timers } from '#foundation';
import { TagQueue } from '#media';
import { buildFlvFileHeader, buildFlvFileTag, metadataTag } from '#protocol/flv';
import type { FlvMetadata, FlvTag } from '#protocol/flv';
import { DURATION_OFFSET } from './flv-layout.ts';
import { RecordingFailure, failureOf } from './recording-failure.ts';
import { markFile } from './recording-marks.ts';
import { makePlace as makeFile } from './recording-place.ts';
import type { RecordingPlace, WantedPlace } from './recording-place.ts';

/** What a recording is opened with. */
export interface FlvRecordingOptions extends WantedPlace {
  /** Entries of `onMetaData`; the duration is added. */
  readonly metadata: FlvMetadata;
  readonly timers: Timers;
  /** Default: a file of its own in the folder. */
  readonly makePlace?: (wanted: WantedPlace) => Promise<RecordingPlace>;
}

/** Counters of a recording. */
export interface FlvRecordingStats {
  readonly bytesSent: number;
  readonly queuedBytes: number;
  readonly droppedTags: number;
}

/** One file while it is written. Going on after a failure is another recording. */
export interface FlvRecording {
  /** The name of the file, once it is there. Rejects with RecordingFailure. */
  readonly ready: Promise<string>;
  /** Settles exactly once: with the failure, or `closed` after close or destroy. Never rejects. */
  readonly ended: Promise<RecordingFailure | 'closed'>;
  /** Resolves when nothing of it is written any more, and it waits to be converted. Never rejects. */
  readonly released: Promise<void>;
  /** Never throws, never waits; before `ready` and after the end it does nothing. Timestamps start at 0. */
  write(tag: FlvTag): void;
  /** Writes what waits and the duration; within 2 s. */
  close(): Promise<void>;
  /** The same without being waited for. */
  destroy(): void;
  stats(): FlvRecordingStats;
}

/** Sound that waits for the disk; what is older is dropped. */
const MAX_QUEUED_MS = 2_000;
/** So much is written at once: a quarter of a second is all that a crash can cost. */
const GATHERED_MS = 250;
const GATHERED_BYTES = 64 * 1024;
/** A disk that takes nothing for so long has failed. */
const PATIENCE_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_900;

/** Opens a new file and records into it; the outcome is in `ready` and `ended`. */
export const openFlvRecording = (options: FlvRecordingOptions): FlvRecording =>
  new Recording(options);

class Recording implements FlvRecording {
  readonly ready: Promise<string>;
  readonly ended: Promise<RecordingFailure | 'closed'>;
  readonly released: Promise<void>;
  readonly #options: FlvRecordingOptions;
  readonly #queue = new TagQueue(MAX_QUEUED_MS);
  #place: RecordingPlace | undefined;
  #isWritable = false;
  #end: RecordingFailure | 'closed' | undefined;
  #resolveEnded: (end: RecordingFailure | 'closed') => void = () => undefined;
  /** The last write, so that the next one follows it. */
  #writing: Promise<void> | undefined;
  #patience: Timer | undefined;
  #oldestMs = 0;
  #lastMs = 0;
  #hasMedia = false;
  #position = 0;
  /** Behind the last write that was whole. */
  #wholeBytes = 0;
  #droppedTags = 0;

  constructor(options: FlvRecordingOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    const opened = this.#open();
    this.ready = opened;
    this.released = opened
      .catch((error: unknown) => this.#finish(failureOf(error)))
      .then(() => this.ended)
      .then(() => this.#release());
  }

  stats(): FlvRecordingStats {
    const droppedTags = this.#droppedTags;
    return { bytesSent: this.#position, queuedBytes: this.#queue.sizeBytes, droppedTags };
  }

  write(tag: FlvTag): void {
    if (!this.#isWritable || this.#end !== undefined) return;
    if (this.#queue.length === 0) this.#oldestMs = tag.timestampMs;
    this.#lastMs = tag.timestampMs;
    this.#droppedTags += this.#queue.push(tag);
    const isDue =
      tag.timestampMs - this.#oldestMs >= GATHERED_MS || this.#queue.sizeBytes >= GATHERED_BYTES;
    if (isDue && this.#writing === undefined) this.#flush();
  }

  async close(): Promise<void> {
    this.#finish('closed');
    const { timers } = this.#options;
    // A disk that hangs keeps its file; the mark tells whoever looks after the call.
    await withDeadline(timers, CLOSE_TIMEOUT_MS, 'the file', this.released).catch(() => undefined);
  }

  destroy(): void {
    this.#finish('closed');
  }

  async #open(): Promise<string> {
    try {
      const { metadata, makePlace = makeFile } = this.#options;
      const place = await makePlace(this.#options);
      this.#place = place;
      const hasVideo = 'videocodecid' in metadata;
      const duration = { duration: 0, ...metadata };
      await this.#append([
        buildFlvFileHeader({ hasAudio: true, hasVideo }),
        buildFlvFileTag(metadataTag(duration, 0)),
      ]);
      this.#isWritable = true;
      return place.file;
    } catch (error) {
      throw failureOf(error);
    }
  }

  #flush(): void {
    const parts: Uint8Array[] = [];
    for (let tag = this.#queue.shift(); tag !== undefined; tag = this.#queue.shift()) {
      parts.push(buildFlvFileTag(tag));
    }
    if (parts.length === 0) return;
    this.#patience = this.#options.timers.after(PATIENCE_MS, () => {
      this.#finish(new RecordingFailure('RECORDING_FAILED', 'the disk takes no more data'));
    });
    this.#writing = this.#append(parts)
      .then(() => {
        this.#hasMedia = true;
      })
      .catch((error: unknown) => this.#finish(failureOf(error)))
      .finally(() => {
        this.#patience?.cancel();
        this.#writing = undefined;
      });
  }

  /** A disk that is nearly full takes a part: the rest brings the error. */
  async #append(parts: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(parts);
    for (let at = 0; at < bytes.length;) {
      const written = await this.#place?.handle.write(bytes, at, bytes.length - at, this.#position);
      at += written?.bytesWritten ?? bytes.length;
      this.#position += written?.bytesWritten ?? 0;
    }
    this.#wholeBytes = this.#position;
  }

  #finish(end: RecordingFailure | 'closed'): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#resolveEnded(end);
  }

  /** Whatever ended it: what has been recorded shall be whole, and be found. */
  async #release(): Promise<void> {
    const place = this.#place;
    if (place === undefined) return;
    try {
      await this.#writing;
      if (this.#end === 'closed') this.#flush();
      await this.#writing;
      await place.handle.truncate(this.#wholeBytes);
      await this.#writeDuration(place);
    } catch {
      // The disk is full or fails; players find the duration at the end of the file.
    }
    await this.#leave(place).catch(() => undefined);
  }

  async #writeDuration({ handle }: RecordingPlace): Promise<void> {
    const seconds = Buffer.alloc(8);
    seconds.writeDoubleBE(this.#lastMs / 1000);
    await handle.write(seconds, 0, seconds.length, DURATION_OFFSET);
  }

  async #leave({ handle, file }: RecordingPlace): Promise<void> {
    const { folder } = this.#options;
    await handle.close();
    const live = join(folder, markFile(file, 'live'));
    if (this.#hasMedia) {
      await rename(live, join(folder, markFile(file, 'done')));
      return;
    }
    await rm(join(folder, file), { force: true });
    await rm(live, { force: true });
  }
}
