import type { SecureContext } from 'node:tls';
import type { Clock, RandomSource, Timers } from '#foundation';
import type { FlvMetadata, FlvTag } from '#protocol/flv';
import type { RtmpTarget, ServerAbilities } from '#protocol/rtmp';
import type { Lookup } from './dial/resolve.ts';
import type { RtmpFailure } from './rtmp-failure.ts';

/** The authorities whose certificates are trusted. */
export type RtmpTrust = SecureContext;

/** What to publish, where, and how patient to be. */
export interface PublishOptions {
  readonly target: RtmpTarget;
  /** Entries of `onMetaData`, sent before anything else; asked for once the server has told what it can do. */
  readonly metadata: FlvMetadata | ((abilities: ServerAbilities) => FlvMetadata);
  /** Sequence headers, sent right after the server has accepted the stream, with their own timestamps. */
  readonly headers: readonly FlvTag[];
  /** Until the TCP connection stands, the name looked up. Default: 10 000. */
  readonly connectTimeoutMs?: number;
  /** For each step of the conversation: TLS, handshake, connect, createStream, publish. Default: 10 000. */
  readonly stepTimeoutMs?: number;
  /** For everything until the stream is accepted, with all connections that a login takes. Default: 50 000. */
  readonly readyTimeoutMs?: number;
  /** Without a sign of life while one was due. Looked at every second. Default: 9000. */
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
  /** Asked for the addresses of a name at every connection. Default: the system's (`dns.lookup`). */
  readonly lookup?: Lookup;
  /**
   * Why an address may not be dialled, or undefined when it may. Asked for every address of the target before any of
   * them is dialled: one that may not be is enough to dial none. Default: all may.
   */
  readonly checkAddress?: (address: string) => string | undefined;
  /** Whose certificates are trusted, see `readRtmpTrust`. Default: the authorities that Node trusts. */
  readonly trust?: RtmpTrust;
  /** Told when each step on the way is done. */
  readonly onStep?: (step: PublishStep, detail?: string) => void;
  /**
   * The server asks to be left for another one (E-RTMP v2, NetConnection.Connect.ReconnectRequest). The session goes
   * on until its owner closes it. `tcUrl` may be relative; undefined stands for the same place.
   */
  readonly onReconnectAsked?: (tcUrl: string | undefined, description: string) => void;
}

/** The steps to a publish that stands; a login repeats those from `resolved` on. */
export type PublishStep =
  /** Detail: the addresses. */
  | 'resolved'
  /** Detail: the address. */
  | 'connected'
  /** Detail: the version of TLS. */
  | 'secured'
  | 'handshake'
  | 'connect'
  /** The server has asked for a login and got it. */
  | 'authenticate'
  | 'createStream'
  | 'publish'
  | 'publishing';

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
  /** Between the oldest and the newest tag that wait. */
  readonly queuedMs: number;
  /** Tags dropped because the server was too slow. */
  readonly droppedTags: number;
  readonly state: PublishState;
}

/** One publish of one stream. Trying again is another session. */
export interface PublishSession {
  /** The server has accepted the stream, and can do this. Rejects with RtmpFailure when it never does. */
  readonly ready: Promise<ServerAbilities>;
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
