import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { TICKS_PER_SECOND } from './pcm.ts';
import type { PcmFrame } from './pcm.ts';

const FULL_SCALE = 32_768;
/** What digital silence is called (RFC 6464 section 3). */
const SILENCE_DBFS = -127;

/**
 * From here on a sample counts as clipped: the largest of mu-law is 32124, of A-law 32256, and the next ones are below
 * (ITU-T G.711 tables 1a and 2a).
 */
const CLIPPED = 32_000;

/** The loudness of what goes on air, of the last full second. */
export class LevelMeter {
  /** In dB below a square wave of full scale; -127 for silence. */
  levelDbfs = SILENCE_DBFS;
  /** The loudest sample, in the same measure. */
  peakDbfs = SILENCE_DBFS;
  /** Samples at full scale, of 1. */
  clippedShare = 0;
}

class MeasureLevel extends PassingStage<PcmFrame, PcmFrame> {
  readonly #meter: LevelMeter;
  #energy = 0;
  #sampleCount = 0;
  #frames = 0;
  /** Square of the loudest sample. */
  #peak = 0;
  #clippedCount = 0;

  constructor(next: Sink<PcmFrame>, meter: LevelMeter) {
    super(next);
    this.#meter = meter;
  }

  write(frame: PcmFrame): void {
    let energy = 0;
    let peak = this.#peak;
    // Two at a time: half the loop's own work, and frames are even.
    for (let i = 0; i < frame.length; i += 2) {
      const first = frame[i] ?? 0;
      const second = frame[i + 1] ?? 0;
      const power = first * first;
      const nextPower = second * second;
      energy += power + nextPower;
      if (power > peak) peak = power;
      if (nextPower > peak) peak = nextPower;
    }
    this.#energy += energy;
    this.#peak = peak;
    // Seldom: a second that holds such a sample is counted through.
    if (peak >= CLIPPED * CLIPPED) this.#clippedCount += clippedIn(frame);
    this.#sampleCount += frame.length;
    this.#frames += 1;
    if (this.#frames === TICKS_PER_SECOND) this.#publish();
    this.next.write(frame);
  }

  protected name(): string {
    return 'level';
  }

  #publish(): void {
    this.#meter.levelDbfs = inDbfs(this.#energy / this.#sampleCount);
    this.#meter.peakDbfs = inDbfs(this.#peak);
    this.#meter.clippedShare = this.#clippedCount / this.#sampleCount;
    this.#energy = 0;
    this.#peak = 0;
    this.#clippedCount = 0;
    this.#sampleCount = 0;
    this.#frames = 0;
  }
}

/** @param power The square of an amplitude. */
const inDbfs = (power: number): number =>
  Math.max(SILENCE_DBFS, 20 * Math.log10(Math.sqrt(power) / FULL_SCALE));

function clippedIn(frame: PcmFrame): number {
  let count = 0;
  for (const sample of frame) {
    if (sample >= CLIPPED || sample <= -CLIPPED) count += 1;
  }
  return count;
}

/** Passes audio on unchanged and measures its loudness and its clipping once a second. No delay, no memory. */
export function measureLevel(meter: LevelMeter): Stage<PcmFrame, PcmFrame> {
  return (next) => new MeasureLevel(next, meter);
}
