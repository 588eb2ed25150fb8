import type { AacEncoder, AacEncoderFactory, AacEncoderOptions } from '#media';
import { SILENT_FRAMES, buildAudioSpecificConfig } from '#protocol/aac';
import { FfmpegChild } from './ffmpeg-child.ts';

const FRAME_SAMPLES = 1024;
/** How far the frames may lag behind the sound before silence is sent in their place: 116 ms at 44.1 kHz. */
const SLACK_FRAMES = 5;
/** The first child has to be found and started: its frames are waited for, and none of them is lost. */
const FIRST_PATIENCE_MS = 1500;
/** A child that has given nothing for so long hangs. */
const HANG_MS = 2000;
/** Pause before a child is started again: doubled each time up to the longest, until one has worked for so long. */
const PROVEN_MS = 2000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** A frame that a child has made, and its place in the stream. */
interface PlacedFrame {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/**
 * AAC from an ffmpeg process beside this one, for machines on which no encoder runs inside it. Frames come some 50 ms
 * later than they could; those that have come are handed over at the next `encode`. Time is the count of samples: a child
 * that dies, hangs or cannot be started is replaced, and its frames are silent meanwhile, so that the stream goes on.
 */
class FfmpegAacEncoder implements AacEncoder {
  readonly audioSpecificConfig: Uint8Array;
  readonly frameSamples = FRAME_SAMPLES;
  readonly primingSamples = FRAME_SAMPLES;
  readonly #options: AacEncoderOptions;
  readonly #onRestart: (reason: string) => void;
  #child: FfmpegChild | undefined;
  #pending: PlacedFrame[] = [];
  #samplesIn = 0;
  #framesOut = 0;
  /** The place of the next frame of the child. */
  #nextIndex = 0;
  #hasSpoken = false;
  /** When the child last gave a frame, or was started, in samples of the source. */
  #lastSign = 0;
  #startedAt = 0;
  /** When the next child may be started. */
  #startAt = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #isOpen = true;

  constructor(options: AacEncoderOptions, onRestart: (reason: string) => void) {
    this.#options = options;
    this.#onRestart = onRestart;
    const { sampleRate, channels } = options;
    this.audioSpecificConfig = buildAudioSpecificConfig({
      sampleRateHz: sampleRate,
      channelConfiguration: channels,
    });
    this.#start();
  }

  get sampleRate(): number {
    return this.#options.sampleRate;
  }

  get sourceRate(): number {
    return this.#options.sourceRate;
  }

  get channels(): 1 | 2 {
    return this.#options.channels;
  }

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    if (!this.#isOpen) return;
    if (this.#child === undefined && this.#samplesIn >= this.#startAt) this.#start();
    this.#child?.write(pcm);
    this.#samplesIn += pcm.length / this.#options.channels;
    if (this.#child !== undefined) this.#watch(this.#child);
    this.#handOver(onFrame);
    this.#fillUp(onFrame);
  }

  flush(onFrame: (frame: Uint8Array) => void): void {
    if (this.#isOpen) this.#handOver(onFrame);
    this.close();
  }

  close(): void {
    this.#isOpen = false;
    this.#pending = [];
    this.#child?.kill();
    this.#child = undefined;
  }

  describe(): string {
    const { sourceRate, sampleRate, channels, bitrateKbps } = this.#options;
    const stereo = channels === 2 ? ' stereo' : '';
    return `ffmpeg ${sourceRate}>${sampleRate}${stereo} ${bitrateKbps}kb/s`;
  }

  #samples(ms: number): number {
    return (ms * this.sourceRate) / 1000;
  }

  /** Frames that the sound given so far makes. */
  get #framesDue(): number {
    return Math.floor((this.#samplesIn * this.sampleRate) / this.sourceRate / FRAME_SAMPLES);
  }

  #start(): void {
    this.#nextIndex = this.#framesDue;
    this.#lastSign = this.#samplesIn;
    this.#startedAt = this.#samplesIn;
    const child: FfmpegChild = new FfmpegChild({
      ...this.#options,
      onFrame: (frame) => this.#child === child && this.#keep(frame),
      onEnded: (reason) => this.#child === child && this.#replace(reason),
    });
    this.#child = child;
  }

  #watch(child: FfmpegChild): void {
    const patience = this.#samples(HANG_MS);
    const isSilent = this.#samplesIn - this.#lastSign > patience;
    const isBehind = child.backlog > patience * this.#options.channels;
    if (!isSilent && !isBehind) return;
    child.kill();
    this.#replace(isSilent ? 'it has said nothing for too long' : 'it reads too slowly');
  }

  /** @remarks Bounded by what goes in: frames are taken at every `encode`, and without it none are made. */
  #keep(frame: Uint8Array): void {
    this.#pending.push({ index: this.#nextIndex, bytes: Uint8Array.from(frame) });
    this.#nextIndex += 1;
    this.#lastSign = this.#samplesIn;
    this.#hasSpoken = true;
    if (this.#samplesIn - this.#startedAt > this.#samples(PROVEN_MS))
      this.#pauseMs = FIRST_PAUSE_MS;
  }

  #replace(reason: string): void {
    this.#child = undefined;
    this.#startAt = this.#samplesIn + this.#samples(this.#pauseMs);
    this.#onRestart(reason);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** Frames whose place has been given to silence have come too late. */
  #handOver(onFrame: (frame: Uint8Array) => void): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { index, bytes } of pending) {
      this.#silenceUntil(index, onFrame);
      if (index === this.#framesOut) this.#give(bytes, onFrame);
    }
  }

  #fillUp(onFrame: (frame: Uint8Array) => void): void {
    const isWaiting = !this.#hasSpoken && this.#samplesIn < this.#samples(FIRST_PATIENCE_MS);
    if (!isWaiting) this.#silenceUntil(this.#framesDue - SLACK_FRAMES, onFrame);
  }

  #silenceUntil(index: number, onFrame: (frame: Uint8Array) => void): void {
    while (this.#framesOut < index) this.#give(SILENT_FRAMES[this.#options.channels], onFrame);
  }

  #give(frame: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    this.#framesOut += 1;
    onFrame(frame);
  }
}

/**
 * Makes encoders of FFmpeg's own AAC-LC coder in processes of their own. Needs the program `ffmpeg`; while it is not to be
 * found the streams are silent.
 *
 * @param onRestart Told of each process that another one replaces.
 */
export const createFfmpegAacEncoder =
  (onRestart: (reason: string) => void): AacEncoderFactory =>
  (options) =>
    new FfmpegAacEncoder(options, onRestart);
