import { parse } from 'sdp-transform';
import { SdpError } from './sdp-error.ts';

/** Limits of a description from the network. A telephone's has 15 lines and 500 bytes. */
const MAX_BYTES = 64 * 1024;
const MAX_LINE_CHARS = 4096;
const MAX_ATTRIBUTES = 1000;
const MAX_MEDIA = 32;
const MAX_FORMAT_CHARS = 64;
/** Of one stream; those behind them are not looked at. */
const MAX_CRYPTO_LINES = 16;
const MAX_FMTP_LINES = 128;

const TOKEN = "[\\w!#$%&'*+.^`{|}~-]{1,64}";
const MEDIA_LINE = new RegExp(
  `^(${TOKEN}) (\\d{1,5})(?:/\\d{1,5})? ([\\w/.-]{1,64}) ([!-~][ -~]*)$`,
);
const CONNECTION_LINE = /^IN IP([46]) ([^\s/]+)(?:\/\d{1,5}){0,2} *$/;
/** The attributes that we act on; the rest never reaches the parser, whose expressions are many. */
const USED_ATTRIBUTE =
  /^(?:rtpmap:\d{1,3} |ptime:\d|rtcp:\d|rtcp-mux *$|(?:sendrecv|recvonly|sendonly|inactive) *$)/;
const CRYPTO = 'a=crypto:';
const FMTP = 'a=fmtp:';
/** Opens a section for the parser, which cannot read every legal `m=` line; the real one is read here. */
const SECTION_MARK = 'm=audio 9 RTP/AVP 0';

/** A direction from the point of view of the one who wrote the description. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One `a=rtpmap` line. */
export interface Rtpmap {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
}

/** One `m=` section of a peer's description. */
export interface MediaSection {
  readonly type: string;
  readonly port: number;
  readonly protocol: string;
  /** What stands after the protocol: payload types for RTP, anything for others. */
  readonly formats: readonly string[];
  /** From its own `c=` line, or the session's. */
  readonly address: string | undefined;
  readonly direction: Direction;
  readonly rtpmaps: readonly Rtpmap[];
  /** What `a=fmtp` says of a payload type; the first line counts. */
  readonly parameters: ReadonlyMap<number, string>;
  /** Milliseconds of audio per packet that the peer likes to get. */
  readonly ptimeMs: number | undefined;
  readonly rtcpPort: number | undefined;
  /** The peer takes RTCP on the port of RTP. */
  readonly hasRtcpMux: boolean;
  /** What stands behind `a=crypto:` in its lines, in their order. */
  readonly cryptoLines: readonly string[];
}

function linesOf(text: string): readonly string[] {
  if (text.length > MAX_BYTES || new TextEncoder().encode(text).length > MAX_BYTES) {
    throw new SdpError('malformed', `longer than ${MAX_BYTES} bytes`);
  }
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  if (lines[0]?.trimEnd() !== 'v=0') throw new SdpError('malformed', 'does not begin with v=0');
  return lines;
}

function checkLimits(lines: readonly string[]): void {
  const count = (prefix: string): number => lines.filter((line) => line.startsWith(prefix)).length;
  if (lines.some((line) => line.length > MAX_LINE_CHARS)) {
    throw new SdpError('malformed', `a line is longer than ${MAX_LINE_CHARS} characters`);
  }
  if (count('a=') > MAX_ATTRIBUTES) {
    throw new SdpError('malformed', `more than ${MAX_ATTRIBUTES} attributes`);
  }
  if (count('m=') > MAX_MEDIA) throw new SdpError('malformed', `more than ${MAX_MEDIA} streams`);
}

function matchLine(pattern: RegExp, line: string): RegExpExecArray {
  const match = pattern.exec(line.slice(2));
  if (match === null) throw new SdpError('malformed', `a line ${line.slice(0, 2)} cannot be read`);
  return match;
}

/** The line in the one spelling that the parser knows; undefined for lines we do not act on. */
function normalised(line: string): string | undefined {
  const content = line.slice(2);
  switch (line.slice(0, 2)) {
    case 'm=':
      return SECTION_MARK;
    case 'c=': {
      const match = matchLine(CONNECTION_LINE, line);
      return `c=IN IP${match[1] ?? ''} ${match[2] ?? ''}`;
    }
    case 'a=':
      return USED_ATTRIBUTE.test(content) ? line.trimEnd() : undefined;
    default:
      return undefined;
  }
}

/** NOTE: the parser turns every text that looks like a number into one, whatever its types say. */
const textOf = (value: string | number): string => String(value);

const hasRate = <T extends { rate?: number }>(map: T): map is T & { rate: number } =>
  map.rate !== undefined;

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65_535;

interface WantedLines {
  readonly prefix: string;
  /** Of one stream. */
  readonly most: number;
}

/**
 * What stands behind a prefix in the lines of each stream, in their order. For attributes that the parser must not see:
 * it cuts off session parameters of `a=crypto`, and keys are none of its business. Before the first stream such lines
 * mean nothing (RFC 4568 section 5).
 */
function attributesOf(
  lines: readonly string[],
  { prefix, most }: WantedLines,
): readonly (readonly string[])[] {
  const streams: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('m=')) streams.push([]);
    const ofStream = streams.at(-1);
    if (line.startsWith(prefix) && ofStream !== undefined && ofStream.length < most) {
      ofStream.push(line.slice(prefix.length).trimEnd());
    }
  }
  return streams;
}

const FMTP_CONTENT = /^(\d{1,3}) +(.*)$/;

function parametersOf(contents: readonly string[]): ReadonlyMap<number, string> {
  const parameters = new Map<number, string>();
  for (const content of contents) {
    const match = FMTP_CONTENT.exec(content);
    const payloadType = Number(match?.[1]);
    if (match !== null && !parameters.has(payloadType)) parameters.set(payloadType, match[2] ?? '');
  }
  return parameters;
}

/** What stands on an `m=` line itself. */
function readMediaLine(line: string): Pick<MediaSection, 'type' | 'port' | 'protocol' | 'formats'> {
  const match = matchLine(MEDIA_LINE, line);
  const port = Number(match[2]);
  const formats = (match[4] ?? '').trim().split(/ +/);
  if (port > 65_535) throw new SdpError('malformed', `port ${port} on an m= line`);
  if (formats.some((format) => format.length > MAX_FORMAT_CHARS)) {
    throw new SdpError('malformed', `a format longer than ${MAX_FORMAT_CHARS} characters`);
  }
  return {
    type: match[1] ?? '',
    port,
    protocol: match[3] ?? '',
    formats,
  };
}

/**
 * Reads a peer's description as far as audio needs it. Values that the session level gives
 * (`c=`, direction) are handed down to each stream.
 *
 * @throws SdpError `malformed`.
 * @see RFC 8866 sections 5 and 6
 */
export function readSections(text: string): readonly MediaSection[] {
  const lines = linesOf(text);
  checkLimits(lines);
  const known = lines.map(normalised).filter((line) => line !== undefined);
  const session = parse(known.join('\r\n'));
  const mediaLines = lines.filter((line) => line.startsWith('m='));
  const cryptoLines = attributesOf(lines, { prefix: CRYPTO, most: MAX_CRYPTO_LINES });
  const fmtpLines = attributesOf(lines, { prefix: FMTP, most: MAX_FMTP_LINES });
  return mediaLines.map((line, index) => {
    const media = session.media[index];
    const address: string | number | undefined = media?.connection?.ip ?? session.connection?.ip;
    const ptime: unknown = media?.ptime;
    const rtcpPort: unknown = media?.rtcp?.port;
    return {
      ...readMediaLine(line),
      address: address === undefined ? undefined : textOf(address),
      direction: media?.direction ?? session.direction ?? 'sendrecv',
      rtpmaps: (media?.rtp ?? []).filter(hasRate).map((map) => ({
        payloadType: map.payload,
        name: textOf(map.codec),
        clockRate: map.rate,
        channels: map.encoding ?? 1,
      })),
      parameters: parametersOf(fmtpLines[index] ?? []),
      ptimeMs: typeof ptime === 'number' ? ptime : undefined,
      rtcpPort: isPort(rtcpPort) ? rtcpPort : undefined,
      hasRtcpMux: media?.rtcpMux !== undefined,
      cryptoLines: cryptoLines[index] ?? [],
    };
  });
}
