import { AacError } from '../audio-specific-config.ts';

/**
 * Where the scalefactor bands begin, in bins; one more entry than there are bands, the last is the size of the window.
 *
 * @see ISO/IEC 14496-3 section 4.5.4, tables 4.129 and following
 */
export interface BandOffsets {
  /** Of the long windows, 1024 bins. */
  readonly long: Uint16Array;
  /** Of each of the eight short windows, 128 bins. */
  readonly short: Uint16Array;
}

// Every width is a multiple of 4: a band is a whole number of codewords, whatever the codebook.
const LONG_48 = Uint16Array.from([
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 160, 176,
  196, 216, 240, 264, 292, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704, 736,
  768, 800, 832, 864, 896, 928, 1024,
]);
const LONG_32 = Uint16Array.from([...LONG_48.subarray(0, -1), 960, 992, 1024]);
const LONG_16 = Uint16Array.from([
  0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 100, 112, 124, 136, 148, 160, 172, 184, 196, 212,
  228, 244, 260, 280, 300, 320, 344, 368, 396, 424, 456, 492, 532, 572, 616, 664, 716, 772, 832,
  896, 960, 1024,
]);
const SHORT_48 = Uint16Array.from([0, 4, 8, 12, 16, 20, 28, 36, 44, 56, 68, 80, 96, 112, 128]);
const SHORT_16 = Uint16Array.from([0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 60, 72, 88, 108, 128]);

const BY_RATE = new Map<number, BandOffsets>([
  [48_000, { long: LONG_48, short: SHORT_48 }],
  [44_100, { long: LONG_48, short: SHORT_48 }],
  [32_000, { long: LONG_32, short: SHORT_48 }],
  [16_000, { long: LONG_16, short: SHORT_16 }],
]);

/**
 * The bands of a stream.
 *
 * @param sampleRateHz 48 000, 44 100, 32 000 or 16 000.
 * @throws AacError for another rate.
 */
export function bandOffsetsOf(sampleRateHz: number): BandOffsets {
  const offsets = BY_RATE.get(sampleRateHz);
  if (offsets === undefined) throw new AacError(`no bands are known at ${sampleRateHz} Hz`);
  return offsets;
}
