import { PassThrough } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import type { AacEncoderOptions } from '#media';
import { AdtsSplitter } from '#protocol/aac';

/** What a child is told to do, and who hears of it. */
interface FfmpegChildOptions extends AacEncoderOptions {
  /** A raw frame has come; it is lent. */
  readonly onFrame: (frame: Uint8Array) => void;
  /** Told once, when the child has ended by itself; not after `kill`. */
  readonly onEnded: (reason: string) => void;
}

const BYTES_PER_SAMPLE = 2;

/**
 * One ffmpeg process that turns PCM on its standard input into ADTS on its standard output. It has no other input: when
 * this process dies the pipe closes, and ffmpeg ends.
 */
export class FfmpegChild {
  readonly #input = new PassThrough();
  readonly #command: ffmpeg.FfmpegCommand;
  readonly #onEnded: (reason: string) => void;
  #isOver = false;

  constructor(options: FfmpegChildOptions) {
    this.#onEnded = options.onEnded;
    const { onFrame } = options;
    const splitter = new AdtsSplitter();
    const output = new PassThrough();
    output.on('data', (bytes: Buffer) => splitter.push(bytes, onFrame));
    this.#command = commandFor(options, this.#input)
      // The program is looked for first: who was killed meanwhile is killed now.
      .on('start', () => this.#isOver && this.#command.kill('SIGKILL'))
      .on('error', (error: unknown) => this.#end(String(error)))
      .on('end', () => this.#end('it has ended by itself'));
    this.#command.pipe(output, { end: true });
  }

  /** PCM that the child has not taken yet, in samples of all channels. */
  get backlog(): number {
    return (this.#input.readableLength + this.#input.writableLength) / BYTES_PER_SAMPLE;
  }

  /** Copies the samples; never waits. */
  write(pcm: Int16Array): void {
    if (!this.#isOver) this.#input.write(Buffer.copyBytesFrom(pcm));
  }

  /** Ends the child at once; may be called twice. */
  kill(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#input.destroy();
    this.#command.kill('SIGKILL');
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#input.destroy();
    this.#onEnded(reason);
  }
}

/** Without these ffmpeg would gather seconds of sound before it gives anything. */
const AT_ONCE = ['-probesize 32', '-analyzeduration 0'];

function commandFor(options: AacEncoderOptions, input: PassThrough): ffmpeg.FfmpegCommand {
  const { sourceRate, sampleRate, channels, bitrateKbps } = options;
  return ffmpeg(input, { logger: undefined, stdoutLines: 8 })
    .inputFormat('s16le')
    .inputOptions([`-ar ${sourceRate}`, `-ac ${channels}`, '-loglevel error', ...AT_ONCE])
    .noVideo()
    .audioCodec('aac')
    .audioBitrate(bitrateKbps)
    .audioFrequency(sampleRate)
    .audioChannels(channels)
    .outputOptions(['-aac_coder fast', '-flush_packets 1', '-threads 1'])
    .format('adts');
}
