import type { CallId, NodeId, OutputId } from '../ids.ts';

/** What was counted and measured of the sound that comes in, since the media of this leg began. */
export interface AudioStats {
  /** As heard; before the first packet as agreed. */
  readonly codec: string;
  /** Accepted RTP packets, late and doubled ones included. */
  readonly packets: number;
  /** Payload bytes of them. */
  readonly bytes: number;
  /** Packets that did not come at all. */
  readonly lost: number;
  /** Packets that came after their turn. */
  readonly late: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Packets thrown away because the buffer was full. */
  readonly overflowed: number;
  /** Times the source changed or began its numbering anew. */
  readonly restarts: number;
  /** Sound invented in place of lost packets. */
  readonly concealedMs: number;
  /** Silence put out because there was nothing to play. */
  readonly silenceMs: number;
  /** Interarrival jitter (RFC 3550 section 6.4.1). */
  readonly jitterMs: number;
  /** Delay that the jitter buffer adds now. */
  readonly bufferMs: number;
  /** How much faster the sender's clock runs than ours, in millionths; 0 while that is not known. */
  readonly driftPpm: number;
  /** Loudness of the last second on air; -127 is silence. */
  readonly levelDbfs: number;
  /** The loudest sample of that second. */
  readonly peakDbfs: number;
  /** Share of its samples at full scale, 0 to 1. */
  readonly clippedShare: number;
  /** From the peer's last report on what we send; null if we send nothing, or it does not report. */
  readonly roundTripMs: number | null;
  /** Mean opinion score, 1 to 4.5, estimated for the last 10 s; null while no packets come. */
  readonly mos: number | null;
  readonly averageMos: number | null;
  readonly lowestMos: number | null;
}

/** Packets that came to the ports of the call and were dropped. */
export interface RefusedStats {
  /** No RTP, or too large for audio. */
  readonly malformed: number;
  /** Of a payload type that was not agreed. */
  readonly unknownPayload: number;
  /** Of another source (SSRC) than the one that is heard. */
  readonly otherSource: number;
  /** From another address than the peer's. */
  readonly otherAddress: number;
  /** Refused by SRTP: wrong key, changed, or heard before. */
  readonly srtp: number;
}

/** What the sound of an output is on air. */
export type AirCodec = 'aac' | 'opus';

/** What an output has sent, over all connections of this node. */
export interface OutputStats {
  readonly id: OutputId;
  /** Since it published last; null before the first time. */
  readonly audioCodec: AirCodec | null;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Bytes given to the network, protocol included. */
  readonly bytes: number;
  /** Pieces of media given to the connection. */
  readonly tags: number;
  /** Those of them that were dropped because the server was too slow. */
  readonly droppedTags: number;
  /** What waits for the network now. */
  readonly queuedBytes: number;
  /** How much media that is. */
  readonly queuedMs: number;
  /** Whether something was dropped in the last 10 s. */
  readonly isCongested: boolean;
}

/** The figures of a call at one moment. Counted from when its present node took it. */
export interface CallStats {
  /** When they were taken, ISO 8601. */
  readonly at: string;
  readonly audio: AudioStats;
  readonly refused: RefusedStats;
  readonly outputs: readonly OutputStats[];
}

/** The figures of a live call, and who says so. */
export interface LiveFigures {
  readonly callId: CallId;
  readonly appKey: string;
  readonly epoch: number;
  readonly node: NodeId;
  readonly stats: CallStats;
}

/** Tells other processes the figures of this node's calls. A hint: it may be lost. */
export interface FiguresSender {
  /** Whether what is sent now has a chance to arrive; ask before the work of putting it together. */
  readonly isReady: boolean;
  /** Never waits, never throws; drops what cannot be sent at once. */
  send(figures: readonly LiveFigures[]): void;
}

/** Hears the figures of the calls of all nodes. */
export interface FiguresReceiver {
  /** @returns What ends it. */
  onFigures(hear: (figures: readonly LiveFigures[]) => void): () => void;
}
