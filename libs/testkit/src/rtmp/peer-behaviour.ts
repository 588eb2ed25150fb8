import type { PeerValue } from './peer-amf.ts';
import type { Chunking, PEER_TYPE } from './peer-messages.ts';
import type { PeerHandshake } from './peer-handshake.ts';
import type { PublisherVerifier } from './publisher-verifier.ts';

/**
 * The steps of a publish, as the server meets them. A server that stalls at `accept` never says anything; at
 * `handshake` it gives all but S2; at `media` it publishes and then stops reading.
 */
export type PeerStep = 'accept' | 'handshake' | 'connect' | 'createStream' | 'publish' | 'media';

/** A status a server sends. */
export interface PeerStatus {
  readonly code: string;
  readonly description?: string;
}

/** What a server can say and do on one connection. */
export interface PeerVoice {
  /** Sends raw bytes, whatever they do to the client. */
  send(bytes: Uint8Array): void;
  /** Sends a message in chunks of the size that was told last; chunk stream 3 unless another is named. */
  say(typeId: number, payload: Uint8Array, chunking?: Chunking): void;
  /** Says a control message of one number: a size, a chunk stream, a count. */
  sayNumber(type: keyof typeof PEER_TYPE, value: number): void;
  /** Says a User Control message; the value is a stream id or a time. */
  sayEvent(event: number, value: number): void;
  ping(timestampMs: number): void;
  sendCommand(...values: PeerValue[]): void;
  sendStatus(level: 'status' | 'error', code: string, description?: string): void;
  /** Asks to be left for another place, or to be connected to anew (Enhanced RTMP v2, "Reconnect Request"). */
  askToReconnect(tcUrl?: string): void;
  /** Tells another chunk size and keeps to it. */
  setChunkSize(size: number): void;
  /** Ends the connection by a reset. */
  reset(): void;
  /** Says nothing any more, but would go on to read. */
  halfClose(): void;
}

/** What a server does when a step is reached, before it answers; it may send, reset, half-close, or leave it unanswered. */
export type PeerScript = (server: PeerVoice) => 'answer' | 'silent';

/** How a peer behaves; may be changed while it runs, for the connections that follow. */
export interface PeerBehaviour {
  /** Takes what comes up to this step and never answers it. */
  stallAt?: PeerStep;
  on?: Partial<Record<PeerStep, PeerScript>>;
  /** Default: simple. */
  handshake?: PeerHandshake;
  /** Wants a user and a password. */
  verifier?: PublisherVerifier;
  /** Refuses `connect` with `_error`. */
  rejectConnect?: PeerStatus;
  /** Refuses `publish` with onStatus, level error. */
  refusePublish?: PeerStatus;
  /** Raw bytes instead of an answer to `connect`. */
  answerConnectWith?: Uint8Array;
  /** More entries of the information object of `connect`: capabilities of Enhanced RTMP. */
  connectInfo?: Readonly<Record<string, PeerValue>>;
  /** How commands are said. Default: 0. */
  amf?: 0 | 3;
  /** Acknowledges as asked by the client, or never. Default: asked. */
  acknowledges?: 'asked' | 'never';
  /** Default: true. */
  answersPings?: boolean;
  /** Reads no faster. Default: as it comes. */
  readsBytesPerSecond?: number;
  /** Keys of publishers that vanish without a good-bye stay taken for so long. Default: 0. */
  ghostMs?: number;
}
