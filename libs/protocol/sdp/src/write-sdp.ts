import { invariant } from '#foundation';
import { write } from 'sdp-transform';
import type { MediaDescription } from 'sdp-transform';
import { writtenChannels } from './audio-codec.ts';
import type { Numbered } from './audio-codec.ts';
import { writtenParameters } from './format-parameters.ts';
import type { CryptoLine } from './media-security.ts';
import { ipVersionOf, kindOfAddress } from './network-address.ts';
import type { OfferedAudio } from './negotiation.ts';
import type { Direction } from './sdp-text.ts';

/** Our own side of an audio stream, as it is written into SDP. */
export interface LocalAudio extends OfferedAudio {
  /** The address that peers reach us at, literal or name; goes into `o=` and `c=`. */
  readonly address: string;
  /** UDP port of our RTP, 1 to 65535. */
  readonly port: number;
  /** UDP port of our RTCP. Default: `port` + 1. */
  readonly rtcpPort?: number;
  /** Milliseconds of audio per packet that we like to get. */
  readonly ptimeMs: number;
  /** Digits; the same for all descriptions of one leg. */
  readonly sessionId: string | number;
  /** Grows by one with each changed description of one leg. */
  readonly version: number;
}

/** What an audio section of ours says besides the addresses. */
export interface AudioTerms {
  readonly protocol: string;
  /** In the order of preference. */
  readonly formats: readonly Numbered[];
  readonly direction: Direction;
  readonly rtcpMux: boolean;
  readonly cryptoLines: readonly CryptoLine[];
}

/** The audio section. */
export function audioSection(local: LocalAudio, terms: AudioTerms): MediaDescription {
  const rtp = terms.formats.map(writtenFormat);
  const fmtp: MediaDescription['fmtp'] = [];
  for (const { payloadType, format } of terms.formats) {
    const config = writtenParameters(format, local.channels ?? 1);
    if (config !== undefined) fmtp.push({ payload: payloadType, config });
  }
  const isRtcpElsewhere = local.rtcpPort !== undefined && local.rtcpPort !== local.port + 1;
  return {
    type: 'audio',
    port: local.port,
    protocol: terms.protocol,
    payloads: rtp.map((map) => map.payload).join(' '),
    rtp,
    fmtp,
    ...(isRtcpElsewhere ? { rtcp: { port: local.rtcpPort } } : {}),
    ...(terms.rtcpMux ? { rtcpMux: 'rtcp-mux' } : {}),
    ptime: local.ptimeMs,
    direction: terms.direction,
    ...(terms.cryptoLines.length === 0 ? {} : { crypto: terms.cryptoLines.map(writtenCrypto) }),
  };
}

function writtenFormat({ payloadType, format }: Numbered): MediaDescription['rtp'][number] {
  const encoding = writtenChannels(format);
  return {
    payload: payloadType,
    codec: format.codec,
    rate: format.clockRate,
    ...(encoding === undefined ? {} : { encoding }),
  };
}

const writtenCrypto = ({ tag, suite, keySalt }: CryptoLine) => ({
  id: tag,
  suite,
  config: `inline:${keySalt.reveal()}`,
});

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port <= 65_535;

function checkLocal(local: LocalAudio): void {
  invariant(kindOfAddress(local.address) === 'usable', 'the local media address is not usable');
  invariant(isPort(local.port) && isPort(local.rtcpPort ?? 1), 'a local port is out of range');
  invariant(local.codecs.length > 0, 'no codec to offer');
  invariant(/^\d{1,19}$/.test(String(local.sessionId)), 'the session id is not made of digits');
  invariant(Number.isSafeInteger(local.version) && local.version >= 0, 'not a version');
  invariant(Number.isInteger(local.ptimeMs) && local.ptimeMs > 0, 'not a packet time');
}

/** A whole description of ours. */
export function writeSdp(local: LocalAudio, media: readonly MediaDescription[]): string {
  checkLocal(local);
  const ipVersion = ipVersionOf(local.address);
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId: String(local.sessionId),
      sessionVersion: local.version,
      netType: 'IN',
      ipVer: ipVersion,
      address: local.address,
    },
    name: '-',
    connection: { version: ipVersion, ip: local.address },
    timing: { start: 0, stop: 0 },
    media: [...media],
  });
}
