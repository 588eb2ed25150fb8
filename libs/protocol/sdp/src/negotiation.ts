import { AUDIO_CODECS, TELEPHONE_EVENT, codecOfName, codecOfStaticType } from './audio-codec.ts';
import type { AudioCodec, CodecEntry } from './audio-codec.ts';
import { kindOfAddress } from './network-address.ts';
import { isRtpProfile } from './media-security.ts';
import type { MediaSecurity, OfferedSecurity } from './media-security.ts';
import { SdpError } from './sdp-error.ts';
import type { Direction, MediaSection, Rtpmap } from './sdp-text.ts';

/** What we are willing to do: listen only, or listen and send silence. */
export type LocalDirection = 'recvonly' | 'sendrecv';

/** The part of our own side that a peer's description is measured against. */
export interface OfferedAudio {
  /** Codecs that we speak. */
  readonly codecs: readonly AudioCodec[];
  readonly direction: LocalDirection;
  /** Default: plain RTP only. */
  readonly security?: OfferedSecurity;
}

/** Where the peer wants its RTP; the address may be an IPv4 or IPv6 literal or a host name. */
export interface RemoteAudio {
  readonly address: string;
  /** UDP port, 1 to 65534. */
  readonly port: number;
  /** UDP port for RTCP: the peer's `a=rtcp`, else the next after `port` (RFC 3605). */
  readonly rtcpPort: number;
}

/** The audio stream that both sides agreed on. */
export interface NegotiatedAudio {
  /** The codec to send, and the one to expect first. */
  readonly codec: AudioCodec;
  /** The payload type to send `codec` with. */
  readonly payloadType: number;
  /** Every payload type that may arrive, as the peer numbers it and as we do. */
  readonly payloadTypes: ReadonlyMap<number, AudioCodec>;
  /** RTP clock in Hz. */
  readonly clockRate: number;
  /** Milliseconds of audio per packet that the peer likes to get. */
  readonly ptimeMs: number;
  /** As seen by us: `recvonly` means that we listen and send nothing. */
  readonly direction: Direction;
  /** Where to send; undefined for an address of zeros, which takes nothing, RTCP included (RFC 3264 section 8.4). */
  readonly remote: RemoteAudio | undefined;
  /** The peer has put us on hold: no media will come, or it stopped listening to what we send. */
  readonly isHeld: boolean;
  /** Payload type of key presses (RFC 4733), if the peer takes them. */
  readonly telephoneEvent?: number;
  /** How packets are protected; undefined for plain RTP. */
  readonly security?: MediaSecurity;
}

/** A codec with the payload type that the peer gave it. */
export interface NumberedCodec {
  readonly payloadType: number;
  readonly entry: CodecEntry;
}

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

function codecOfRtpmap(map: Rtpmap): CodecEntry | undefined {
  return map.channels === 1 ? codecOfName(map.name, map.clockRate) : undefined;
}

/** The codecs of the stream that we speak too, in the peer's order. */
export function commonCodecs(
  section: MediaSection,
  codecs: readonly AudioCodec[],
): readonly NumberedCodec[] {
  const common: NumberedCodec[] = [];
  for (const payloadType of payloadTypesOf(section)) {
    const map = section.rtpmaps.find((candidate) => candidate.payloadType === payloadType);
    const entry = map === undefined ? codecOfStaticType(payloadType) : codecOfRtpmap(map);
    if (entry !== undefined && codecs.includes(entry.codec)) common.push({ payloadType, entry });
  }
  return common;
}

/** The payload type of key presses on the clock of the chosen codec. */
export function telephoneEventOf(section: MediaSection, clockRate: number): number | undefined {
  return payloadTypesOf(section).find((type) =>
    section.rtpmaps.some(
      (map) =>
        map.payloadType === type &&
        map.name.toLowerCase() === TELEPHONE_EVENT.name &&
        map.clockRate === clockRate,
    ),
  );
}

function directionOf(peerSends: boolean, peerListens: boolean, local: LocalDirection): Direction {
  const weSend = peerListens && local === 'sendrecv';
  if (weSend) return peerSends ? 'sendrecv' : 'sendonly';
  return peerSends ? 'recvonly' : 'inactive';
}

function payloadTypeMap(common: readonly NumberedCodec[]): ReadonlyMap<number, AudioCodec> {
  const types = new Map<number, AudioCodec>();
  for (const { payloadType, entry } of common) types.set(payloadType, entry.codec);
  // The peer should send the numbers of our offer (RFC 3264 section 5.1), whatever it wrote itself.
  for (const { entry } of common) {
    const ours = AUDIO_CODECS[entry.codec].payloadType;
    if (!types.has(ours)) types.set(ours, entry.codec);
  }
  return types;
}

function readRemote(section: MediaSection): RemoteAudio | undefined {
  const { address, port } = section;
  if (address === undefined) throw new SdpError('malformed', 'no c= line for the audio stream');
  const kind = kindOfAddress(address);
  if (kind === 'refused') throw new SdpError('addressRefused', 'not an address to send media to');
  const rtcpPort = section.rtcpPort ?? port + 1;
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
  const common = commonCodecs(section, local.codecs);
  const chosen = common[0];
  if (chosen === undefined) throw new SdpError('noCommonCodec', 'no codec that both sides speak');
  const remote = readRemote(section);
  const peerSends = section.direction === 'sendrecv' || section.direction === 'sendonly';
  const peerListens =
    remote !== undefined && (section.direction === 'sendrecv' || section.direction === 'recvonly');
  const telephoneEvent = telephoneEventOf(section, chosen.entry.clockRate);
  return {
    codec: chosen.entry.codec,
    payloadType: chosen.payloadType,
    payloadTypes: payloadTypeMap(common),
    clockRate: chosen.entry.clockRate,
    ptimeMs: ptimeOf(section),
    direction: directionOf(peerSends, peerListens, local.direction),
    remote,
    isHeld: remote === undefined || !peerSends || (local.direction === 'sendrecv' && !peerListens),
    ...(telephoneEvent === undefined ? {} : { telephoneEvent }),
    ...(security === undefined ? {} : { security }),
  };
}
