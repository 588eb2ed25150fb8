import ffmpeg from 'fluent-ffmpeg';
import { TranscodeError } from './probe-media.ts';

/** What is converted, and who hears of it. */
export interface ConversionOptions {
  readonly from: string;
  /** Overwritten if it is there. */
  readonly to: string;
  /** Stops it; the promise then rejects. */
  readonly signal: AbortSignal;
  /** Seconds of media that are done. */
  readonly onProgress: (seconds: number) => void;
}

/** Leaves the processor to calls. */
const NICENESS = 15;
const TIME_MARK = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/;

/**
 * Puts the tracks of a file, as they are, into an MP4 that can be played while it is loaded. At low priority.
 * @throws TranscodeError.
 */
export async function convertToMp4(options: ConversionOptions): Promise<void> {
  const { from, to, signal, onProgress } = options;
  let stop = (): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    const command = ffmpeg({ source: from, niceness: NICENESS })
      .inputFormat('flv')
      .outputOptions(['-c', 'copy', '-movflags', '+faststart'])
      .format('mp4')
      .output(to)
      // A signal that came while the process was being started has not reached it.
      .on('start', () => {
        if (signal.aborted) command.kill('SIGKILL');
      })
      .on('progress', ({ timemark }: { readonly timemark?: string }) => {
        const [, hours, minutes, seconds] = TIME_MARK.exec(timemark ?? '') ?? [];
        if (seconds !== undefined) {
          onProgress(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
        }
      })
      .on('error', (error: unknown) => {
        reject(new TranscodeError(`ffmpeg cannot convert ${from}`, { cause: error }));
      })
      .on('end', () => resolve());
    if (signal.aborted) {
      reject(new TranscodeError('the conversion was stopped'));
      return;
    }
    stop = () => void command.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    command.run();
  });
  try {
    await ended;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
