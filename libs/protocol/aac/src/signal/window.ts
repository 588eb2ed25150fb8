import { EIGHT_SHORT, LONG_START, LONG_STOP, SHORT_WINDOWS } from '../frame/channel-frame.ts';

/** Which of the four shapes a frame's window has. */
export type WindowSequence = 0 | 1 | 2 | 3;

/** The rising halves of the windows of a transform of `bins` bins; the falling halves are their mirror images. */
export interface WindowSlopes {
  /** Of a long window: `sin(pi / 2 * (n + 1/2) / bins)`. */
  readonly long: Float64Array;
  /** Of a short window, an eighth as long. */
  readonly short: Float64Array;
  /** Of a long window beside short ones: 7/16 zeros, the short slope, 7/16 ones. */
  readonly edge: Float64Array;
}

/**
 * The sine windows. The sine keeps its shape on the grid of every plan; the KBD window does not, there would be no
 * perfect reconstruction.
 *
 * @param bins Of the long transform: 256, 512 or 1024.
 * @see ISO/IEC 14496-3 section 4.6.11.3.2 (windowing and block switching)
 */
export function windowSlopes(bins: number): WindowSlopes {
  const long = sineSlope(bins);
  const short = sineSlope(bins / SHORT_WINDOWS);
  const edge = new Float64Array(bins);
  const flat = (bins - short.length) / 2;
  edge.set(short, flat);
  edge.fill(1, flat + short.length);
  return { long, short, edge };
}

function sineSlope(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => Math.sin((Math.PI * (n + 0.5)) / (2 * length)));
}

/** The sequence of a frame, by which of the frame before, itself and the next have short windows. */
export function windowSequenceOf(before: boolean, here: boolean, next: boolean): WindowSequence {
  if (here || (before && next)) return EIGHT_SHORT;
  if (before) return LONG_STOP;
  return next ? LONG_START : 0;
}
