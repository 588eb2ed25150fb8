import type { IdleCost } from './process-cost.ts';

/** Where the packets of one call go. */
export interface MediaTarget {
  readonly host: string;
  readonly port: number;
}

/** One way to carry calls: what is compared. */
export interface Contender {
  readonly name: 'ours' | 'ffmpeg';
  /** The RTMP stream of a call. */
  streamKey(index: number): string;
  /** What its processes cost when they carry nothing; undefined if there are none then. */
  readonly idle: IdleCost | undefined;
  /** Prepares the calls of these indexes, and says where the packets are to go. */
  open(indexes: readonly number[]): Promise<readonly MediaTarget[]>;
  /** The processes that carry the calls. */
  pids(): readonly number[];
  close(): Promise<void>;
}

/** How streams are encoded, by both contenders. */
export interface StreamSettings {
  readonly sampleRate: number;
  readonly bitrateKbps: number;
}
