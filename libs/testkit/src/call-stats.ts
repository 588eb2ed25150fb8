import type { AudioStats, CallStats } from '#domain';

/** Figures of a call of which nothing but this is known. */
export function callStats(
  audio: Partial<AudioStats> = {},
  rest: Partial<CallStats> = {},
): CallStats {
  return {
    at: '2026-11-22T10:00:00.000Z',
    audio: {
      codec: 'PCMU',
      packets: 0,
      bytes: 0,
      lost: 0,
      late: 0,
      duplicates: 0,
      reordered: 0,
      overflowed: 0,
      restarts: 0,
      concealedMs: 0,
      silenceMs: 0,
      jitterMs: 0,
      bufferMs: 0,
      driftPpm: 0,
      levelDbfs: -127,
      peakDbfs: -127,
      clippedShare: 0,
      roundTripMs: null,
      mos: null,
      averageMos: null,
      lowestMos: null,
      ...audio,
    },
    refused: { malformed: 0, unknownPayload: 0, otherSource: 0, otherAddress: 0, srtp: 0 },
    outputs: [],
    ...rest,
  };
}
