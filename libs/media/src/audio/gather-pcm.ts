import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { TICKS_PER_SECOND, TICK_MS } from './pcm.ts';
import type { PcmFrame } from './pcm.ts';

interface GatherPcmOptions {
  readonly sampleRate: number;
  /** How many ticks of sound are handed on together. 2 or more. */
  readonly ticks: number;
}

class GatherPcm extends PassingStage<PcmFrame, PcmFrame> {
  readonly #ticks: number;
  readonly #gathered: Int16Array;
  #count = 0;

  constructor(next: Sink<PcmFrame>, { sampleRate, ticks }: GatherPcmOptions) {
    super(next);
    this.#ticks = ticks;
    this.#gathered = new Int16Array((sampleRate / TICKS_PER_SECOND) * ticks);
  }

  write(frame: PcmFrame): void {
    this.#gathered.set(frame, this.#count);
    this.#count += frame.length;
    if (this.#count === this.#gathered.length) this.#handOn();
  }

  override end(): void {
    if (this.#count > 0) this.#handOn();
    super.end();
  }

  protected name(): string {
    return `gather(${this.#ticks * TICK_MS}ms)`;
  }

  #handOn(): void {
    const count = this.#count;
    this.#count = 0;
    this.next.write(this.#gathered.subarray(0, count));
  }
}

/**
 * Takes 20 ms frames, gives several of them as one, so that an encoder does two frames in a row while its
 * tables are in the processor's cache (7 % of the cost of a call with 25 calls).
 *
 * @remarks Delay: 20 ms for every tick but the last, 10 ms on average for two. Memory: what it gathers.
 */
export function gatherPcm(options: GatherPcmOptions): Stage<PcmFrame, PcmFrame> {
  return (next) => new GatherPcm(next, options);
}
