import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { TICKS_PER_SECOND } from './pcm.ts';
import type { PcmFrame } from './pcm.ts';

const FULL_SCALE = 32_768;
/** What digital silence is called (RFC 6464 section 3). */
const SILENCE_DBFS = -127;

/** The loudness of what goes on air. */
export class LevelMeter {
  /** Of the last full second, in dB below a square wave of full scale; -127 for silence. */
  levelDbfs = SILENCE_DBFS;
}

class MeasureLevel extends PassingStage<PcmFrame, PcmFrame> {
  readonly #meter: LevelMeter;
  #energy = 0;
  #sampleCount = 0;
  #frames = 0;

  constructor(next: Sink<PcmFrame>, meter: LevelMeter) {
    super(next);
    this.#meter = meter;
  }

  write(frame: PcmFrame): void {
    let energy = 0;
    // Two at a time: half the loop's own work, and frames are even.
    for (let i = 0; i < frame.length; i += 2) {
      const first = frame[i] ?? 0;
      const second = frame[i + 1] ?? 0;
      energy += first * first + second * second;
    }
    this.#energy += energy;
    this.#sampleCount += frame.length;
    this.#frames += 1;
    if (this.#frames === TICKS_PER_SECOND) this.#publish();
    this.next.write(frame);
  }

  protected name(): string {
    return 'level';
  }

  #publish(): void {
    const rms = Math.sqrt(this.#energy / this.#sampleCount) / FULL_SCALE;
    this.#meter.levelDbfs = Math.max(SILENCE_DBFS, 20 * Math.log10(rms));
    this.#energy = 0;
    this.#sampleCount = 0;
    this.#frames = 0;
  }
}

/** Passes audio on unchanged and measures its loudness once a second. No delay, no memory. */
export function measureLevel(meter: LevelMeter): Stage<PcmFrame, PcmFrame> {
  return (next) => new MeasureLevel(next, meter);
}
