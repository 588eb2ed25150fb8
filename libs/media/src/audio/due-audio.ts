import { inaudible } from './audio-decoder.ts';
import type { AudioDecoder } from './audio-decoder.ts';

/** No payload. */
export const NO_PAYLOAD = new Uint8Array(0);

/**
 * What to play next. Lent, and filled again for the next one.
 * `packet` is audio, `lost` a hole where audio should have been, `silent` a pause of the sender.
 */
export class DueAudio {
  kind: 'packet' | 'lost' | 'silent' = 'silent';
  /** Time that this item stands for, in units of the RTP clock, what is to be skipped not counted. */
  duration = 0;
  /** The RTP clock, in Hz. */
  clockRate = 0;
  /** Grows whenever what follows has nothing to do with what was before. */
  generation = 0;
  /** Units to leave out at the front of a packet: their time was filled already. */
  skipped = 0;
  /** Of a packet: its own. Of a hole: that of the packet behind it. */
  decoder: AudioDecoder = inaudible;
  /** Of a packet: its own. Of a hole: that of the packet behind it, empty if that has not come. */
  payload: Uint8Array = NO_PAYLOAD;
  /** Of a hole: units between the end of this item and the packet behind it. */
  untilNext = 0;
}
