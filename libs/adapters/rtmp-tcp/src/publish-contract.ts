import type { Clock, RandomSource, Timers } from '#foundation';
import type { FlvMetadata, FlvTag } from '#protocol/flv';
import type { RtmpTarget } from '#protocol/rtmp';
import type { RtmpFailure } from './rtmp-failure.ts';

/** What to publish, where, and how patient to be. */
export interface PublishOptions {
  readonly target: RtmpTarget;
  /** Entries of `onMetaData`, sent before anything else. */
  readonly metadata: FlvMetadata;
  /** Sequence headers, sent right after the server has accepted the stream, with their own timestamps. */
  readonly headers: readonly FlvTag[];
  /** Until the TCP connection stands. Default: 10 000. */
  readonly connectTimeoutMs?: number;
  /** For each step of the conversation: handshake, connect, createStream, publish. Default: 10 000. */
  readonly stepTimeoutMs?: number;
  /** Without a sign of life while data was offered. Default: 10 000. */
  readonly livenessTimeoutMs?: number;
  /** Media that waits for a slow server; what is older is dropped. Default: 2000. */
  readonly maxQueuedMs?: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  /**
   * False when this node may no longer write (its lease is lost). Asked at the point of every write; the first
   * no resets the connection, so that not even bytes in the kernel's buffer follow. Default: always true.
   */
  readonly fence?: () => boolean;
}

/** Where a session stands. */
export type PublishState = 'connecting' | 'handshaking' | 'publishing' | 'closing' | 'ended';

/** Counters of a session. */
export interface PublishStats {
  /** Bytes given to the socket, protocol included. */
  readonly bytesSent: number;
  /** Bytes the server says it has; 0 for servers that never say. */
  readonly bytesAcked: number;
  /** Bytes that wait for the socket, in our queue and in Node. */
  readonly queuedBytes: number;
  /** Tags dropped because the server was too slow. */
  readonly droppedTags: number;
  readonly state: PublishState;
}

/** One publish of one stream over one connection. Trying again is another session. */
export interface PublishSession {
  /** The server has accepted the stream. Rejects with RtmpFailure when it never does. */
  readonly ready: Promise<void>;
  /** Settles exactly once: with the failure, or `closed` after close or destroy. Never rejects. */
  readonly ended: Promise<RtmpFailure | 'closed'>;
  /** Sends a tag. Never throws, never waits; before `ready` and after the end it does nothing. */
  write(tag: FlvTag): void;
  /** Sends what waits and the good-bye, then closes; at most a second. */
  close(): Promise<void>;
  /** Closes at once, without a good-bye. */
  destroy(): void;
  stats(): PublishStats;
}
