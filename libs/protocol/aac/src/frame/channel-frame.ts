/** `window_sequence` of a frame whose transform is one long window. */
export const ONLY_LONG = 0;
/** A long window whose second half is short: comes before {@link EIGHT_SHORT}. */
export const LONG_START = 1;
/** Eight short windows, 128 bins each. */
export const EIGHT_SHORT = 2;
/** A long window whose first half is short: comes behind {@link EIGHT_SHORT}. */
export const LONG_STOP = 3;

/** Bins of one frame and channel. */
export const FRAME_BINS = 1024;
/** Bins of one of the eight short windows. */
export const SHORT_BINS = 128;
/** Short windows of a frame. */
export const SHORT_WINDOWS = 8;
/** Room for the bands of a channel: 8 groups of 15 short bands are 120, long bands are 51 at most. */
export const MAX_CHANNEL_BANDS = 128;

/**
 * One channel of one frame: everything that `individual_channel_stream` says. Filled again and again.
 *
 * @see ISO/IEC 14496-3 section 4.4.2.7 (syntax) and 4.5.2.3 (meaning, grouping)
 */
export interface ChannelFrame {
  /** 0 only long, 1 long start, 2 eight short, 3 long stop. */
  windowSequence: 0 | 1 | 2 | 3;
  /** Shape of the second half of the window: 0 sine, 1 KBD. */
  windowShape: 0 | 1;
  /** Bands that are sent, of each group; those above are zero. */
  maxSfb: number;
  /** Groups in use: 1 for a long window, 1 to 8 for short ones. */
  groupCount: number;
  /** Windows of each group: [1] for a long window, for example [3, 1, 4] for short ones. */
  readonly groupLengths: Uint8Array;
  /**
   * Codebook of band `group * maxSfb + sfb`: 0 (nothing is sent) to 11, chosen by `chooseSections`; or 13, marked before
   * it: a band of noise, whose values are all zero (section 4.6.13).
   */
  readonly codebooks: Uint8Array;
  /** Scalefactor of band `group * maxSfb + sfb`, 0 to 255; of a band of noise its energy, -90 to 155. */
  readonly scalefactors: Int16Array;
  /**
   * Signed quantised values, -8191 to 8191, in the order they are sent: by group, in a group by band, in a band by
   * window, in a window by bin. A group begins at 128 times the windows before it, whatever `maxSfb` is.
   */
  readonly quantised: Int32Array;
}

/** A silent long frame, to be filled. */
export function createChannelFrame(): ChannelFrame {
  const groupLengths = new Uint8Array(SHORT_WINDOWS);
  groupLengths[0] = 1;
  return {
    windowSequence: ONLY_LONG,
    windowShape: 0,
    maxSfb: 0,
    groupCount: 1,
    groupLengths,
    codebooks: new Uint8Array(MAX_CHANNEL_BANDS),
    scalefactors: new Int16Array(MAX_CHANNEL_BANDS),
    quantised: new Int32Array(FRAME_BINS),
  };
}

/** Some neighbouring values of a frame. */
export interface ValueRange {
  readonly values: Int32Array;
  readonly start: number;
  readonly end: number;
}

/**
 * The values of a band, in all windows of its group.
 *
 * @param offsets Of the channel's windows: {@link BandOffsets} long or short.
 * @param band `group * maxSfb + sfb`.
 */
export function bandRange(channel: ChannelFrame, offsets: Uint16Array, band: number): ValueRange {
  const { groupLengths, maxSfb, quantised } = channel;
  const group = Math.floor(band / maxSfb);
  const sfb = band % maxSfb;
  const windows = groupLengths[group] ?? 0;
  const windowsBefore = groupLengths.subarray(0, group).reduce((sum, length) => sum + length, 0);
  const first = windowsBefore * SHORT_BINS;
  return {
    values: quantised,
    start: first + windows * (offsets[sfb] ?? 0),
    end: first + windows * (offsets[sfb + 1] ?? 0),
  };
}
