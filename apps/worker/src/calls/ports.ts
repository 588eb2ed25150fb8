import type { Micros, Secret } from '#foundation';
import type {
  AudioCodec,
  AudioStats,
  CallSpec,
  ClaimedCall,
  Fault,
  MediaReading,
  OutputId,
  RefusedStats,
} from '#domain';
import type { FlvTag } from '#protocol/flv';
import type { ServerAbilities } from '#protocol/rtmp';
import type { NegotiatedAudio } from '#protocol/sdp';
import type { TrunkLines } from '../trunks/trunk-lines.ts';
import type { Lease } from './lease.ts';
import type { RefusedPackets } from './media-cipher.ts';

/** What a session needs of the ways out of its call. */
export type CallLines = Pick<TrunkLines, 'open' | 'turn' | 'inviteSent' | 'giveBack'>;

/** A connection that publishes one stream. */
export interface Outlet {
  /** The server has accepted the stream, and what it says of its abilities if it can say so; rejects when it never does. */
  readonly ready: Promise<ServerAbilities | undefined>;
  /** Settles once, with the fault or, after `close`, without one. */
  readonly ended: Promise<Fault | undefined>;
  /** Never throws, never waits. */
  write(tag: FlvTag): void;
  /** Says good-bye; settles within 2 s. */
  close(): Promise<void>;
  destroy(): void;
  stats(): OutletStats;
}

/** What a connection has sent. */
export interface OutletStats {
  /** Given to the network, protocol included. */
  readonly bytesSent: number;
  /** Wait for the network. */
  readonly queuedBytes: number;
  /** Media that waits for the network; where it is not told it counts as none. */
  readonly queuedMs?: number;
  readonly droppedTags: number;
}

/** What was counted of the packets of a leg. */
export interface MediaStats {
  readonly audio: AudioStats;
  readonly refused: RefusedStats;
}

/** The sound of a call as the callee sends it. */
export interface OpusSource {
  /** Facts for `onMetaData`. */
  readonly metadata: MediaSource['metadata'];
  /**
   * Hears the sequence start, then every tag from now on; returns what ends it.
   * @param onOver Told once when the callee sends another codec: no tag comes any more.
   */
  attach(write: (tag: FlvTag) => void, onOver: () => void): () => void;
}

/** What an output takes from the call. */
export interface MediaSource {
  /** For outlets that take Opus; undefined while there is none: not asked for, or the callee sends another codec. */
  readonly opus?: OpusSource | undefined;
  /** Facts for `onMetaData`. */
  readonly metadata: Readonly<Record<string, number | string | boolean>>;
  /** Hears the sequence headers, then every tag from now on; returns what ends it. */
  attach(write: (tag: FlvTag) => void): () => void;
}

/** Where an output goes, opened for the node that runs its call. */
export interface OutletTarget {
  readonly id: OutputId;
  /** Server and application, without key and credentials; or what else its scheme says. */
  readonly url: string;
  readonly streamKey: Secret;
  /** `user:password`, percent-encoded; null where none are wanted. */
  readonly urlCredentials: Secret | null;
}

/** What an outlet is opened with. */
export interface OutletOrder {
  readonly target: OutletTarget;
  readonly media: MediaSource;
  /** The server asks to be left for another place, its URL absolute or relative to this one; undefined for the same. */
  readonly onMoveAsked: (url: string | undefined) => void;
}

/** Opens a connection to the target of an output. */
export type OpenOutlet = (order: OutletOrder) => Outlet;

/** One kind of outlet, for the outputs of one call: it asks the lease before every write. */
export type OutletKind = (call: ClaimedCall, lease: Lease) => OpenOutlet;

/** What became of keys: all pressed, given up half-way, or not even begun: on hold, or because the peer takes none. */
export type KeyOutcome = 'pressed' | 'cut' | 'held' | 'impossible';

/** Packets that nobody should have sent. */
export interface ForeignPackets {
  /** From other addresses than the peer's. */
  readonly fromElsewhere: number;
  /** From the peer's address, by a second source (SSRC). */
  readonly ofOtherSources: number;
  /** On the port of RTCP, and no RTCP. */
  readonly notRtcp: number;
}

/** Media of a call, through all its legs: its ports first, its path after the answer. */
export interface CallMedia extends MediaSource {
  /** Address that peers are told in SDP. */
  readonly localAddress: string;
  /** Of what the call asks for, what can be decoded here. */
  readonly codecs: readonly AudioCodec[];
  /** Ports that are bound and may be offered. */
  readonly localPort: number;
  readonly localRtcpPort: number;
  /**
   * Builds the path and starts the clock. @throws Fault MEDIA_FAILED.
   * @param onBroken Told once when the path has met a bug and does not run any more; only this call is concerned.
   */
  start(audio: NegotiatedAudio, onBroken: (fault: Fault) => void): void;
  /** Follows a changed session. On hold the path goes on with silence, whatever comes in. */
  change(audio: NegotiatedAudio): void;
  /**
   * The peer is gone, another one may follow by `change`. The path goes on with silence; whatever still comes from that
   * peer is not heard, then or later.
   */
  leave(): void;
  /**
   * Presses keys as telephone events (RFC 4733), from the next 20 ms on; keys still being pressed are cut.
   * @param keys Of `0-9 A-D * #`, and `w` for a pause of 500 ms.
   * @param onOver Told once.
   */
  press(keys: string, onOver: (outcome: KeyOutcome) => void): void;
  /** Puts silence on air in the place of what comes in, or ends that; may be asked for before `start`. */
  mute(isMuted: boolean): void;
  /** When the first packet came in that was heard; undefined before it. */
  readonly firstPacketMicros: Micros | undefined;
  /** When the last packet came in; undefined before the first. */
  readonly lastPacketMicros: Micros | undefined;
  /** How loud it was on air in the last second, or would have been without a mute; undefined before `start`. */
  readonly loudness: Omit<MediaReading, 'lastPacketAt'> | undefined;
  /** From the peer's last report on what we send; undefined before one, and for ever if we send nothing. */
  readonly roundTripMs: number | undefined;
  describe(): string;
  /** Packets that were dropped because of where they came from, or to; also after the end. */
  foreignPackets(): ForeignPackets;
  /** Packets that SRTP has refused. */
  refusedPackets(): RefusedPackets;
  /** What was counted so far, also after the end; undefined if the path has never begun. */
  stats(): MediaStats | undefined;
  /** Stops everything at once, and never throws; ports rest before they are used again. Harmless when repeated. */
  stop(): void;
}

/** Binds the ports of a new leg. @throws Fault MEDIA_FAILED when none is free, CODEC_MISSING when nothing could be decoded. */
export type OpenMedia = (spec: CallSpec) => Promise<CallMedia>;
