import { formatOfRtpmap, formatOfStaticType, isSameFormat, offersOf } from './audio-codec.ts';
import type { AudioCodec, CodecFormat, Numbered, RtpFormat } from './audio-codec.ts';
import { withParameters } from './format-parameters.ts';
import { kindOfAddress } from './network-address.ts';
import { isRtpProfile } from './media-security.ts';
import type { MediaSecurity, OfferedSecurity } from './media-security.ts';
import { SdpError } from './sdp-error.ts';
import type { Direction, MediaSection } from './sdp-text.ts';

/**
 * What we are willing to do: listen only, or listen and send silence; to hold the peer, nothing, or only to send (RFC 3264
 * section 8.4).
 */
export type LocalDirection = Direction;

/** The part of our own side that a peer's description is measured against. */
export interface OfferedAudio {
  /** Codecs that we speak, the preferred one first. */
  readonly codecs: readonly AudioCodec[];
  /** 2 asks for stereo where a codec has it. Default: 1. */
  readonly channels?: 1 | 2;
  readonly direction: LocalDirection;
  /** Whether we take RTCP on the port of RTP (RFC 5761). Default: no. */
  readonly rtcpMux?: boolean;
  /** Default: plain RTP only. */
  readonly security?: OfferedSecurity;
}

/** Where the peer wants its RTP; the address may be an IPv4 or IPv6 literal or a host name. */
export interface RemoteAudio {
  readonly address: string;
  /** UDP port, 1 to 65534. */
  readonly port: number;
  /** UDP port for RTCP: `port` if both share it, else the peer's `a=rtcp`, else the next after `port` (RFC 3605). */
  readonly rtcpPort: number;
}

/** The audio stream that both sides agreed on. */
export interface NegotiatedAudio {
  /** The codec to send, and the one to expect first. */
  readonly codec: AudioCodec;
  /** The payload type to send `codec` with. */
  readonly payloadType: number;
  /**
   * Every payload type that may arrive, as the peer numbers it and as we do, without any word from one packet to the
   * next: codecs, the chosen one first, then comfort noise and key presses.
   */
  readonly payloadTypes: ReadonlyMap<number, RtpFormat>;
  /** RTP clock in Hz. */
  readonly clockRate: number;
  /** Milliseconds of audio per packet that the peer likes to get. */
  readonly ptimeMs: number;
  /** As seen by us: `recvonly` means that we listen and send nothing. */
  readonly direction: Direction;
  /** Where to send; undefined for an address of zeros, which takes nothing, RTCP included (RFC 3264 section 8.4). */
  readonly remote: RemoteAudio | undefined;
  /**
   * The peer has put us on hold: no media will come, or it stopped listening to what we send. Says nothing in an answer to
   * an offer of ours that did not want to hear anything.
   */
  readonly isHeld: boolean;
  /**
   * Payload type to send key presses with (RFC 4733), if the peer takes them: on the clock of the codec, else on another
   * one, which `payloadTypes` tells.
   */
  readonly telephoneEvent?: number;
  /** RTCP goes and comes on the port of RTP (RFC 5761). */
  readonly rtcpMux?: boolean;
  /** How packets are protected; undefined for plain RTP. */
  readonly security?: MediaSecurity;
}

/** What both sides can do of a stream, as the peer numbers it and in the peer's order. */
export interface CommonFormats {
  /** What is heard; the first is the chosen one. */
  readonly codecs: readonly Numbered<CodecFormat>[];
  readonly comfortNoise: readonly Numbered[];
  readonly events: readonly Numbered[];
}

/** Of one stream; those behind them are not taken. */
const MAX_FORMATS = 32;
const DEFAULT_PTIME_MS = 20;
const MIN_PTIME_MS = 5;
const MAX_PTIME_MS = 200;

/** Where the first audio stream stands among the `m=` lines, whatever it is worth; -1 when there is none. */
export const audioIndexOf = (sections: readonly MediaSection[]): number =>
  sections.findIndex((section) => section.type.toLowerCase() === 'audio');

/** Where the first audio stream stands; it alone counts. @throws SdpError `noAudio` when it cannot be used. */
export function findAudio(sections: readonly MediaSection[], local: OfferedAudio): number {
  const index = audioIndexOf(sections);
  const audio = sections[index];
  if (audio === undefined) throw new SdpError('noAudio', 'no audio stream');
  if (audio.port === 0) throw new SdpError('noAudio', 'the audio stream is refused (port 0)');
  if (!isRtpProfile(audio.protocol, local.security)) {
    throw new SdpError('noAudio', `audio over ${audio.protocol} only`);
  }
  return index;
}

function payloadTypesOf(section: MediaSection): readonly number[] {
  const types = section.formats.filter((format) => /^\d{1,3}$/.test(format)).map(Number);
  return [...new Set(types)].filter((type) => type <= 127);
}

/** What a stream offers that we speak too. */
export function commonFormats(section: MediaSection, local: OfferedAudio): CommonFormats {
  const known: Numbered[] = [];
  for (const payloadType of payloadTypesOf(section)) {
    const map = section.rtpmaps.find((candidate) => candidate.payloadType === payloadType);
    const format = map === undefined ? formatOfStaticType(payloadType) : formatOfRtpmap(map);
    if (format === undefined) continue;
    const config = section.parameters.get(payloadType);
    known.push({ payloadType, format: withParameters(format, config, local.channels ?? 1) });
  }
  const isSpoken = (entry: Numbered): entry is Numbered<CodecFormat> =>
    local.codecs.some((codec) => codec === entry.format.codec);
  const only = (codec: RtpFormat['codec']): readonly Numbered[] =>
    known.filter(({ format }) => format.codec === codec).slice(0, MAX_FORMATS);
  return {
    codecs: known.filter(isSpoken).slice(0, MAX_FORMATS),
    comfortNoise: only('CN'),
    events: only('telephone-event'),
  };
}

const sends = (local: LocalDirection): boolean => local === 'sendrecv' || local === 'sendonly';

function directionOf(peerSends: boolean, peerListens: boolean, local: LocalDirection): Direction {
  const weSend = peerListens && sends(local);
  const weListen = peerSends && (local === 'sendrecv' || local === 'recvonly');
  if (weSend) return weListen ? 'sendrecv' : 'sendonly';
  return weListen ? 'recvonly' : 'inactive';
}

function payloadTypeMap(
  { codecs, comfortNoise, events }: CommonFormats,
  { channels = 1 }: OfferedAudio,
): ReadonlyMap<number, RtpFormat> {
  const types = new Map<number, RtpFormat>();
  for (const { payloadType, format } of codecs) types.set(payloadType, format);
  // The peer should send the numbers of our offer (RFC 3264 section 5.1), whatever it wrote itself.
  for (const { format } of codecs) {
    const ours = offersOf(format.codec, channels).find((own) => isSameFormat(own.format, format));
    if (ours !== undefined && !types.has(ours.payloadType)) types.set(ours.payloadType, format);
  }
  for (const { payloadType, format } of [...comfortNoise, ...events]) {
    if (!types.has(payloadType)) types.set(payloadType, format);
  }
  return types;
}

/** With these on one port, RTP could be taken for RTCP (RFC 5761 section 4). */
const isAmbiguous = (payloadType: number): boolean => payloadType >= 64 && payloadType <= 95;

/** Whether both sides want RTCP on the port of RTP. */
const isMuxed = (section: MediaSection, local: OfferedAudio): boolean =>
  local.rtcpMux === true && section.hasRtcpMux && !payloadTypesOf(section).some(isAmbiguous);

function readRemote(section: MediaSection, rtcpMux: boolean): RemoteAudio | undefined {
  const { address, port } = section;
  if (address === undefined) throw new SdpError('malformed', 'no c= line for the audio stream');
  const kind = kindOfAddress(address);
  if (kind === 'refused') throw new SdpError('addressRefused', 'not an address to send media to');
  const rtcpPort = rtcpMux ? port : (section.rtcpPort ?? port + 1);
  if (rtcpPort > 65_535) throw new SdpError('malformed', 'no port left for RTCP');
  // An address of zeros is the old way to ask for hold (RFC 3264 section 8.4).
  return kind === 'usable' ? { address, port, rtcpPort } : undefined;
}

function ptimeOf(section: MediaSection): number {
  const { ptimeMs } = section;
  if (ptimeMs === undefined || ptimeMs < MIN_PTIME_MS || ptimeMs > MAX_PTIME_MS) {
    return DEFAULT_PTIME_MS;
  }
  return ptimeMs;
}

/**
 * What comes out when a peer's audio stream meets our own side.
 *
 * @param security How its packets are protected.
 * @throws SdpError `noCommonCodec`, `addressRefused`, `malformed`.
 */
export function negotiate(
  section: MediaSection,
  local: OfferedAudio,
  security?: MediaSecurity,
): NegotiatedAudio {
  const common = commonFormats(section, local);
  const chosen = common.codecs[0];
  if (chosen === undefined) throw new SdpError('noCommonCodec', 'no codec that both sides speak');
  const rtcpMux = isMuxed(section, local);
  const remote = readRemote(section, rtcpMux);
  const peerSends = section.direction === 'sendrecv' || section.direction === 'sendonly';
  const peerListens =
    remote !== undefined && (section.direction === 'sendrecv' || section.direction === 'recvonly');
  const { payloadType, format } = chosen;
  const { codec, clockRate } = format;
  const events = common.events;
  const event = events.find((each) => each.format.clockRate === clockRate) ?? events[0];
  return {
    codec,
    payloadType,
    payloadTypes: payloadTypeMap(common, local),
    clockRate,
    ptimeMs: ptimeOf(section),
    direction: directionOf(peerSends, peerListens, local.direction),
    remote,
    isHeld: remote === undefined || !peerSends || (sends(local.direction) && !peerListens),
    ...(event === undefined ? {} : { telephoneEvent: event.payloadType }),
    ...(rtcpMux ? { rtcpMux } : {}),
    ...(security === undefined ? {} : { security }),
  };
}
