import type { RecordingFolder, UnfinishedRecording } from '#adapters/record-flv';
import { TranscodeError } from '#adapters/transcode-ffmpeg';
import type { NewEvent } from '#domain';
import type { Clock } from '#foundation';
import type { RecordingTeller } from './recording-teller.ts';

/** The programs that convert. */
export interface ConversionPrograms {
  readonly convert: (options: {
    readonly from: string;
    readonly to: string;
    readonly signal: AbortSignal;
    readonly onProgress: (seconds: number) => void;
  }) => Promise<void>;
  /** Seconds; undefined where there are none. */
  readonly durationOf: (path: string) => Promise<number | undefined>;
}

/** What a conversion works with. */
export interface ConversionOptions extends ConversionPrograms {
  readonly folder: RecordingFolder;
  readonly teller: Pick<RecordingTeller, 'tell'>;
  readonly clock: Clock;
}

/** Progress is told so often at most. */
const PROGRESS_MICROS = 5_000_000;
/** The durations of a recording and of what became of it may differ by so much. */
const TOLERANCE_SECONDS = 1;

/** The MP4 is not to be had; the FLV is kept. */
class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

/** What became of a recording: it is an MP4; it never will be; it may be when ffmpeg is there; it was left as it is. */
export type ConversionOutcome = 'ready' | 'failed' | 'programMissing' | 'stopped';

/** Turns one recording into an MP4, and tells of it. The recording is this worker's own: its mark says so. */
export class Conversion {
  readonly #options: ConversionOptions;
  readonly #recording: UnfinishedRecording;
  readonly #signal: AbortSignal;

  constructor(options: ConversionOptions, recording: UnfinishedRecording, signal: AbortSignal) {
    this.#options = options;
    this.#recording = recording;
    this.#signal = signal;
  }

  /** @throws When the store is away, or the disk fails: it can be begun anew. */
  async run(): Promise<ConversionOutcome> {
    const { folder } = this.#options;
    const { file, mark } = this.#recording;
    const { flv, mp4, part } = folder.paths(file, mark);
    try {
      const isMade = await folder.isThere(mp4);
      // A worker may have died on its last steps.
      const seconds = isMade ? await this.#sameSeconds(flv, mp4) : await this.#make(flv, part);
      if (!isMade) await folder.move(part, mp4);
      await this.#tell('ready', 'recording.ready', {
        file: `${file.slice(0, -'.flv'.length)}.mp4`,
        seconds: Number(seconds.toFixed(3)),
        bytes: await folder.sizeBytes(mp4),
      });
      await folder.remove(flv);
      return 'ready';
    } catch (error) {
      await folder.remove(part);
      if (this.#signal.aborted) return 'stopped';
      if (!(error instanceof TranscodeError || error instanceof ConversionError)) throw error;
      return await this.#fail(error);
    }
  }

  async #make(flv: string, part: string): Promise<number> {
    const { folder, convert, durationOf, clock } = this.#options;
    await folder.mend(flv);
    const seconds = await durationOf(flv);
    if (seconds === undefined || seconds === 0)
      throw new ConversionError('the recording holds nothing');
    let toldMicros = clock.nowMicros();
    await this.#tellProgress(0);
    await convert({
      from: flv,
      to: part,
      signal: this.#signal,
      onProgress: (done) => {
        const now = clock.nowMicros();
        if (now - toldMicros < PROGRESS_MICROS) return;
        toldMicros = now;
        // The next one tells more.
        this.#tellProgress(Math.min(99, Math.floor((done / seconds) * 100))).catch(() => undefined);
      },
    });
    return await this.#checked(seconds, part);
  }

  /** Of an MP4 that is there before it is made: ours, or somebody else's. */
  async #sameSeconds(flv: string, mp4: string): Promise<number> {
    const { folder, durationOf } = this.#options;
    const isFlvThere = await folder.isThere(flv);
    const seconds = await durationOf(isFlvThere ? flv : mp4);
    return await this.#checked(seconds ?? 0, mp4);
  }

  async #checked(seconds: number, made: string): Promise<number> {
    const found = (await this.#options.durationOf(made)) ?? 0;
    if (Math.abs(found - seconds) <= TOLERANCE_SECONDS) return found;
    throw new ConversionError(
      `the MP4 has ${found.toFixed(1)} s, and the recording ${seconds.toFixed(1)} s`,
    );
  }

  async #fail(error: TranscodeError | ConversionError): Promise<ConversionOutcome> {
    const { file } = this.#recording;
    const isProgramMissing = error instanceof TranscodeError && error.isProgramMissing;
    const reason = isProgramMissing
      ? `ffmpeg is not installed on the worker: install it and start the worker anew, or use the FLV; ffmpeg -i ${file} -c copy NAME.mp4 makes an MP4 of it`
      : error instanceof TranscodeError
        ? 'ffmpeg cannot convert it'
        : error.message;
    await this.#tell(`failed ${isProgramMissing ? 'program' : 'file'}`, 'recording.failed', {
      file,
      reason,
    });
    return isProgramMissing ? 'programMissing' : 'failed';
  }

  #tellProgress(percent: number): Promise<void> {
    const { file, mark } = this.#recording;
    return this.#tell(`converting ${mark} ${percent}`, 'recording.converting', { file, percent });
  }

  async #tell(
    key: string,
    type: NewEvent['type'],
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { callId, outputId, file } = this.#recording;
    await this.#options.teller.tell(callId, `${outputId} ${file} ${key}`, {
      type,
      data: { outputId, ...data },
    });
  }
}
