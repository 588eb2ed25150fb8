/** The keys of a telephone in the order of their event codes (RFC 4733 section 3.2). */
const KEYS = '0123456789*#ABCD';
/** Not a key: half a second of nothing. */
const PAUSE = 'w';

/** All in ticks of 20 ms. A key sounds for 160 ms; RFC 4733 section 3.2 says that 40 ms are the least. */
const KEY_TICKS = 8;
/** How often the end of a key is said, for packets are lost (RFC 4733 section 2.5.1.4). */
const END_PACKETS = 3;
/** From the end of a key to the next one: 100 ms, of which the repeated ends take the first 40. */
const GAP_TICKS = 5;
const PAUSE_TICKS = 25;

/** What there is to be said of a key in one packet. */
export interface KeyPacket {
  /** The code of the key, 0 to 15. */
  readonly event: number;
  /** The first packet of this key. */
  readonly isFirst: boolean;
  readonly isEnd: boolean;
  /** How long the key sounds so far, in ticks; in the repeated ends it grows no more. */
  readonly ticks: number;
}

interface KeyStep {
  readonly event: number | undefined;
  readonly ticks: number;
}

const stepOf = (key: string): KeyStep => {
  if (key === PAUSE) return { event: undefined, ticks: PAUSE_TICKS };
  return { event: KEYS.indexOf(key), ticks: KEY_TICKS + GAP_TICKS };
};

/**
 * Says what belongs into each 20 ms while keys are pressed one after the other.
 *
 * @see RFC 4733 section 2.5.1
 */
export class KeyTrain {
  readonly #steps: readonly KeyStep[];
  #at = 0;
  #tick = 0;

  /** @param keys Of `0-9 A-D * #`, and `w` for a pause of 500 ms; anything else is left out. */
  constructor(keys: string) {
    this.#steps = keys
      .split('')
      .filter((key) => key === PAUSE || KEYS.includes(key))
      .map((key) => stepOf(key));
  }

  /** All keys were pressed, and the gap behind the last one is over. */
  get isOver(): boolean {
    return this.#at >= this.#steps.length;
  }

  /** The packet of the next 20 ms; undefined for a pause or a gap. */
  next(): KeyPacket | undefined {
    const step = this.#steps[this.#at];
    if (step === undefined) return undefined;
    this.#tick += 1;
    const tick = this.#tick;
    if (tick === step.ticks) {
      this.#at += 1;
      this.#tick = 0;
    }
    if (step.event === undefined || tick >= KEY_TICKS + END_PACKETS) return undefined;
    return {
      event: step.event,
      isFirst: tick === 1,
      isEnd: tick >= KEY_TICKS,
      ticks: Math.min(tick, KEY_TICKS),
    };
  }
}
