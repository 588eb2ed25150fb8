import type { DelayEstimate } from './delay-estimate.ts';
import { WINDOW_SIZE } from './packet-window.ts';
import { TICKS_PER_SECOND, TICK_MS } from './pcm.ts';
import type { PlayoutMeter } from './playout-meter.ts';
import type { Playout } from './playout.ts';

/** How long the fastest packets may wait, in milliseconds. Equal ends fix the delay. */
export interface JitterRange {
  /** 20 or more. */
  readonly minMs: number;
  /** 500 at most. */
  readonly maxMs: number;
}

/** What a delay begins with where the range allows it. */
const INITIAL_MS = 60;
/** A target that would become shorter by less stays: nobody hears the gain. */
const WORTHWHILE_MS = 20;
/** How fast the target falls, as a share of time. */
const FALL = 0.002;
const FALL_PER_TICK_MS = (FALL * 1000) / TICKS_PER_SECOND;
/** More haste would be heard: half a percent is a twelfth of a semitone. */
const MAX_DEVIATION = 0.005;
/** Change of the speed per tick: from 1 to the extreme in 5 s, so that no pitch jumps. */
const MAX_STEP = MAX_DEVIATION / (5 * TICKS_PER_SECOND);
/** Deviation per millisecond of error: an error shrinks to a third in 10 s. */
const GAIN = 0.0001;
/** Errors within are none: less than a beat, and too little is worse than too much. */
const TOO_LITTLE_MS = -5;
const TOO_MUCH_MS = 15;
/** A drift below this is left to the errors it makes: most clocks are better, and their sound passes untouched. */
const LEAST_DRIFT = 25e-6;
/** A wait longer than wanted by more is cut, not played faster: at half a percent it would last a minute. */
const MAX_EXCESS_MS = 300;
/** Packets that may wait so that others that come too early still find room. */
const MOST_WAITING = WINDOW_SIZE - 28;
/** Packets that their usual length is taken of. */
const USUAL_OF = 16;
/** Ticks between two looks at what the network needs. */
const LOOK_TICKS = 25;

/**
 * Says how long packets shall wait and plays faster or slower until they do: by what the sender's clock is off, plus
 * a share of the error. It cannot overshoot: the drift is measured beside the playout, and the rest fades with the error.
 */
export class PlayoutSpeed {
  readonly #range: JitterRange;
  readonly #estimate: DelayEstimate;
  readonly #playout: Playout;
  readonly #meter: PlayoutMeter;
  #targetMs = 0;
  #isFalling = false;
  #ticks = 0;
  /** How long the sound of a packet usually is: so much has room in the buffer. */
  #packetMs: number | undefined;

  constructor(options: {
    readonly range: JitterRange;
    readonly estimate: DelayEstimate;
    readonly playout: Playout;
    readonly meter: PlayoutMeter;
  }) {
    this.#range = options.range;
    this.#estimate = options.estimate;
    this.#playout = options.playout;
    this.#meter = options.meter;
    this.#set(this.#within(INITIAL_MS));
  }

  /** The longest that packets may wait. */
  get maxMs(): number {
    return Math.min(this.#range.maxMs, MOST_WAITING * (this.#packetMs ?? Infinity));
  }

  /** How long the fastest packets shall wait. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** Another sender. */
  reset(): void {
    this.#packetMs = undefined;
    this.#set(this.#within(INITIAL_MS));
    this.#isFalling = false;
  }

  /** A packet came so much later than the fastest: the target rises at once if such ones are not rare. */
  hear(lateMs: number, packetMs: number): void {
    this.#packetMs ??= packetMs;
    this.#packetMs += (packetMs - this.#packetMs) / USUAL_OF;
    this.#set(this.#within(this.#targetMs));
    if (lateMs + TICK_MS < this.#targetMs) return;
    const neededMs = this.#within(this.#estimate.neededMs());
    if (neededMs <= this.#targetMs) return;
    this.#set(neededMs);
    this.#isFalling = false;
  }

  /** What is to be left out because packets wait for longer than speed can mend, or than there is room for. */
  surplusMs(waitMs: number): number {
    const excessMs = waitMs - this.#targetMs;
    const hasRoom = waitMs <= WINDOW_SIZE * (this.#packetMs ?? Infinity);
    return excessMs > MAX_EXCESS_MS || (excessMs > 0 && !hasRoom) ? excessMs : 0;
  }

  /** One tick in which sound was due; `waitMs` is how long the fastest packets wait now. */
  follow(waitMs: number): void {
    this.#lower(waitMs);
    const errorMs = waitMs - this.#targetMs;
    const beyondMs = Math.min(0, errorMs - TOO_LITTLE_MS) + Math.max(0, errorMs - TOO_MUCH_MS);
    this.#approach(this.#drift() + beyondMs * GAIN);
  }

  /** One tick in which nothing is known of the delay. */
  idle(): void {
    this.#approach(this.#drift());
  }

  #drift(): number {
    const { share } = this.#estimate.drift;
    return Math.abs(share) < LEAST_DRIFT ? 0 : share;
  }

  #approach(deviation: number): void {
    const wanted = 1 + Math.max(-MAX_DEVIATION, Math.min(MAX_DEVIATION, deviation));
    const step = wanted - this.#playout.speed;
    // The last step lands on the value itself, so that 1 is 1.
    if (Math.abs(step) <= MAX_STEP) this.#playout.speed = wanted;
    else this.#playout.speed += Math.sign(step) * MAX_STEP;
  }

  #lower(waitMs: number): void {
    this.#ticks = (this.#ticks + 1) % LOOK_TICKS;
    if (this.#ticks === 0) {
      this.#isFalling = this.#neededMs() < this.#targetMs - (this.#isFalling ? 0 : WORTHWHILE_MS);
    }
    if (!this.#isFalling) return;
    // Where packets already wait for less, the target gives way at no cost.
    const fallenMs = Math.min(this.#targetMs - FALL_PER_TICK_MS, waitMs);
    this.#set(Math.max(this.#neededMs(), fallenMs));
  }

  #neededMs(): number {
    return this.#within(this.#estimate.neededMs());
  }

  #within(ms: number): number {
    return Math.min(this.maxMs, Math.max(this.#range.minMs, ms));
  }

  #set(targetMs: number): void {
    this.#targetMs = targetMs;
    this.#meter.targetMs = targetMs;
  }
}
