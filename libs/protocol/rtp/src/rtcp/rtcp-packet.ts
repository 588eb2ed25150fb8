/** Bytes do not form the RTCP packets they claim to be. The datagram is to be dropped. */
export class RtcpParseError extends Error {
  override readonly name = 'RtcpParseError';
}

/** Packet types (RFC 3550 section 12.1). */
export const RTCP_TYPE = { SR: 200, RR: 201, SDES: 202, BYE: 203 } as const;

/**
 * What a receiver says about one source.
 *
 * @see RFC 3550 section 6.4.1
 */
export interface ReportBlock {
  /** The source that is spoken of. */
  readonly ssrc: number;
  /** Lost since the last report, in 1/256; 0 to 255. */
  readonly fractionLost: number;
  /** Lost since the beginning, 24 bits signed: duplicates can make it negative. */
  readonly cumulativeLost: number;
  /** Highest sequence number received; the upper 16 bits count its wraps. */
  readonly highestSequence: number;
  /** Interarrival jitter in timestamp units. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time in the last sender report; 0 if there was none. */
  readonly lastSr: number;
  /** Delay since that report in 1/65536 s; 0 if there was none. */
  readonly delaySinceLastSr: number;
}

/** What a sender says about itself (RFC 3550 section 6.4.1). */
export interface SenderReport {
  readonly type: 'SR';
  readonly ssrc: number;
  /** Seconds of the 64-bit NTP time. */
  readonly ntpSeconds: number;
  /** Fraction of the NTP time in 1/2^32 s. */
  readonly ntpFraction: number;
  /** The same instant in units of the RTP clock. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  /** Payload bytes, without headers and padding. */
  readonly octetCount: number;
  /** At most 31. */
  readonly reports: readonly ReportBlock[];
}

/** What one who does not send says about what he receives (RFC 3550 section 6.4.2). */
export interface ReceiverReport {
  readonly type: 'RR';
  /** The one who reports. */
  readonly ssrc: number;
  /** At most 31. */
  readonly reports: readonly ReportBlock[];
}

/** One text about a source; type 1 is the canonical name (RFC 3550 section 6.5). */
export interface SdesItem {
  /** 1 to 8. */
  readonly type: number;
  /** UTF-8, at most 255 bytes. */
  readonly text: string;
}

/** Texts about sources (RFC 3550 section 6.5). */
export interface SourceDescription {
  readonly type: 'SDES';
  /** At most 31. */
  readonly chunks: readonly { readonly ssrc: number; readonly items: readonly SdesItem[] }[];
}

/** Sources that leave (RFC 3550 section 6.6). */
export interface Bye {
  readonly type: 'BYE';
  /** At most 31. */
  readonly ssrcs: readonly number[];
  /** UTF-8, at most 255 bytes. */
  readonly reason?: string;
}

/** A packet type that is not read here (feedback, application, extended reports). */
export interface OtherRtcp {
  readonly type: 'other';
  /** 192 to 223. */
  readonly packetType: number;
}

/** One packet of a compound RTCP datagram. */
export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Bye | OtherRtcp;

/** The packets that can be built. */
export type BuildableRtcp = Exclude<RtcpPacket, OtherRtcp>;
