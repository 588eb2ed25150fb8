/** Everything the stages of one audio path count. One plain object per path: no packet allocates. */
export interface AudioCounters {
  /** Accepted packets: right format, right payload type, right source. */
  packets: number;
  /** Payload bytes of the accepted packets. */
  bytes: number;
  /** Datagrams that are no RTP, or whose payload is too large to be audio. */
  malformed: number;
  /** Packets of a payload type that was not negotiated. */
  unknownPayload: number;
  /** Packets of a source that is not the pinned one. */
  foreignSource: number;
  /** Packets far outside the expected sequence or time, held to be strays. */
  strays: number;
  /** Times the source changed or began its numbering anew. */
  restarts: number;
  /** Packets that were put out, whole or in part. */
  played: number;
  /** Packets that did not come at all. */
  lost: number;
  /** Runs of packets in a row whose turn came without them: lost, or late. */
  lossBursts: number;
  /** Packets that came after their turn. */
  late: number;
  /** Packets that came twice. */
  duplicates: number;
  /** Packets that came behind their successors, but in time. */
  reordered: number;
  /** Packets thrown away unheard: too many came at once, or a new beginning made them worthless. */
  overflowed: number;
  /** Milliseconds skipped to shorten a delay that had grown. */
  trimmedMs: number;
  /** Milliseconds of real audio put out. */
  playedMs: number;
  /** Milliseconds invented in place of lost ones. */
  concealedMs: number;
  /** Milliseconds of silence put out because there was nothing to play. */
  silenceMs: number;
}

/** Counters that stand at zero. */
export function createAudioCounters(): AudioCounters {
  return {
    packets: 0,
    bytes: 0,
    malformed: 0,
    unknownPayload: 0,
    foreignSource: 0,
    strays: 0,
    restarts: 0,
    played: 0,
    lost: 0,
    lossBursts: 0,
    late: 0,
    duplicates: 0,
    reordered: 0,
    overflowed: 0,
    trimmedMs: 0,
    playedMs: 0,
    concealedMs: 0,
    silenceMs: 0,
  };
}
