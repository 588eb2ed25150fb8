import { TICK_MS } from './pcm.ts';

/**
 * What the jitter buffer and the resampler of a path share. The one provides until nothing is missing, the other
 * says how much that is: the time of the sender advances by what is used up.
 */
export class Playout {
  /** Seconds of the sender's sound in a second on air: 1 ± 0.005. */
  speed = 1;
  /** Of the sender's sound, in milliseconds: what the frame that is due still lacks; not above 0 when it is whole. */
  missingMs = TICK_MS;
  /** Of sound, in milliseconds: what is ready beyond the frame that was given last. */
  aheadMs = 0;
}
