/** Ticks of the metronome per second: each asks a path for 20 ms. */
export const TICKS_PER_SECOND = 50;
/** Milliseconds of one tick. */
export const TICK_MS = 1000 / TICKS_PER_SECOND;

/** Samples as they come out of a decoder, or the hole where they should be. Lent. */
export interface PcmPiece {
  /** `concealed` is a hole that the decoder has filled. */
  readonly kind: 'packet' | 'concealed' | 'lost' | 'silent';
  /** Samples per second and channel. */
  readonly sampleRate: number;
  /** Samples per channel. */
  readonly sampleCount: number;
  readonly channels: 1 | 2;
  /** The samples of a `packet` or `concealed` piece, from `start` on, which counts per channel. */
  readonly samples: Int16Array;
  readonly start: number;
  /** Of a `lost` piece: the sound behind the hole, empty if that is not known. */
  readonly following: Int16Array;
  /** Samples per channel between the end of a `lost` piece and `following`. */
  readonly untilFollowing: number;
}

/** Sound without holes, of any length, as a codec has it: still at the codec's rate. Lent. */
export interface FilledPcm {
  /** Samples per second and channel. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** All of them; those of two channels are interleaved. */
  readonly samples: Int16Array;
}

/** 20 ms of PCM at the rate and with the channels of the path; two are interleaved. Lent. */
export type PcmFrame = Int16Array;
