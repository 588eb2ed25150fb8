import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { TICKS_PER_SECOND, TICK_MS } from './pcm.ts';
import type { PcmFrame } from './pcm.ts';

interface GatherPcmOptions {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** How many ticks of sound are handed on together. 2 or more. */
  readonly ticks: number;
}

class GatherPcm extends PassingStage<PcmFrame, PcmFrame> {
  readonly #ticks: number;
  readonly #gathered: Int16Array;
  #count = 0;

  constructor(next: Sink<PcmFrame>, { sampleRate, channels, ticks }: GatherPcmOptions) {
    super(next);
    this.#ticks = ticks;
    this.#gathered = new Int16Array((sampleRate / TICKS_PER_SECOND) * channels * ticks);
  }

  write(frame: PcmFrame): void {
    const gathered = this.#gathered;
    gathered.set(frame, this.#count);
    this.#count += frame.length;
    if (this.#count < gathered.length) return;
    this.#count = 0;
    this.next.write(gathered);
  }

  override end(): void {
    if (this.#count > 0) this.next.write(this.#gathered.subarray(0, this.#count));
    super.end();
  }

  protected name(): string {
    return `gather(${this.#ticks * TICK_MS}ms)`;
  }
}

/**
 * Takes 20 ms frames, gives several of them as one, so that the AAC frames made of them leave in one piece: a write costs
 * more than the bytes it carries.
 *
 * @remarks Delay: 20 ms for every tick but the last, 10 ms on average for two. Memory: what it gathers.
 */
export function gatherPcm(options: GatherPcmOptions): Stage<PcmFrame, PcmFrame> {
  return (next) => new GatherPcm(next, options);
}
