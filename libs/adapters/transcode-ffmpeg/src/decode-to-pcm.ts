import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { TranscodeError } from './probe-media.ts';

/** How the samples are wanted. */
export interface DecodeOptions {
  /** Samples a second. */
  readonly sampleRate: number;
  /** The most that is decoded; longer media is cut. Default: 600. */
  readonly maxSeconds?: number;
}

const BYTES_PER_SAMPLE = 2;

/**
 * Decodes the audio of a file to one channel of 16-bit samples. Silence between packets is not
 * filled: the samples are exactly those that were encoded.
 * @throws TranscodeError when it cannot be read.
 */
export async function decodeToPcm(path: string, options: DecodeOptions): Promise<Int16Array> {
  const { sampleRate, maxSeconds = 600 } = options;
  // fluent-ffmpeg takes a closed output for a reader that went away, and fails 20 ms later if ffmpeg still runs.
  const output = new PassThrough({ emitClose: false });
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  const hasExited = new Promise<void>((resolve, reject) => {
    ffmpeg(path)
      .duration(maxSeconds)
      .noVideo()
      .audioChannels(1)
      .audioFrequency(sampleRate)
      .format('s16le')
      .on('error', (error: unknown) => {
        reject(new TranscodeError(`ffmpeg cannot decode ${path}`, { cause: error }));
      })
      .on('end', () => resolve())
      .pipe(output, { end: true });
  });
  // The end of the process may be heard of before its last bytes are read.
  await Promise.all([hasExited, once(output, 'end')]);
  return toSamples(Buffer.concat(chunks));
}

function toSamples(bytes: Buffer): Int16Array {
  const samples = new Int16Array(Math.floor(bytes.length / BYTES_PER_SAMPLE));
  for (let index = 0; index < samples.length; index++)
    samples[index] = bytes.readInt16LE(index * BYTES_PER_SAMPLE);
  return samples;
}
