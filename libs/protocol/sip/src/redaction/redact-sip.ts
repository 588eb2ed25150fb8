import type { SipHeaders } from '../message/headers.ts';
import { parseHeadText } from '../message/message-head.ts';
import { SipParseError } from '../message/sip-parse-error.ts';
import { parseStartLine } from '../message/start-line.ts';
import type { StartLine } from '../message/start-line.ts';
import { MASK } from './mask.ts';
import { redactAddresses, redactUri, redactVias } from './redact-address.ts';
import { redactCredentials } from './redact-credentials.ts';
import { redactSdp } from './redact-sdp.ts';

/** A message as it may be shown. */
export interface RedactedSip {
  /** `INVITE sip:…`, `180 Ringing`. */
  readonly summary: string;
  /** Its lines, with LF between them. */
  readonly text: string;
}

const keyed = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.map((name) => name.toLowerCase()));

const ADDRESSES = keyed([
  ...['From', 'To', 'Contact', 'Route', 'Record-Route', 'Path', 'Service-Route', 'Reply-To'],
  ...['Refer-To', 'Referred-By', 'P-Asserted-Identity', 'P-Preferred-Identity', 'Diversion'],
  ...['Remote-Party-ID', 'P-Called-Party-ID', 'P-Associated-URI', 'History-Info'],
]);
const CREDENTIALS = keyed([
  ...['Authorization', 'Proxy-Authorization', 'WWW-Authenticate', 'Proxy-Authenticate'],
]);
/** What says nothing of anybody but programs and of what went wrong. */
const SHOWN = keyed([
  ...['Call-ID', 'CSeq', 'Max-Forwards', 'Content-Type', 'Content-Length', 'Content-Disposition'],
  ...['Content-Encoding', 'Allow', 'Supported', 'Require', 'Proxy-Require', 'Unsupported'],
  ...['Session-Expires', 'Min-SE', 'Expires', 'Min-Expires', 'Reason', 'Warning', 'Retry-After'],
  ...['Server', 'User-Agent', 'Date', 'Timestamp', 'RSeq', 'RAck', 'Event', 'Allow-Events'],
  ...['Subscription-State', 'Accept', 'Accept-Encoding', 'Accept-Language', 'MIME-Version'],
  ...['Privacy', 'Priority'],
]);

const UNREADABLE: RedactedSip = {
  summary: 'a message that cannot be read',
  text: '[a message that cannot be read]',
};
const MAX_SUMMARY_CHARS = 200;
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}/;

/** On one line, and fit for any store: no control characters. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\uFFFD');
/** The same for lines that each are one. */
const printableLines = (text: string): string =>
  text.replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/gu, '\uFFFD');

function redactHeader(name: string, value: string): string {
  const key = name.toLowerCase();
  if (SHOWN.has(key)) return value;
  if (ADDRESSES.has(key)) return redactAddresses(value);
  if (key === 'via') return redactVias(value);
  return CREDENTIALS.has(key) ? redactCredentials(value) : MASK;
}

/** Only descriptions are shown: other bodies press keys or hold what nobody here knows. */
function redactBody(headers: SipHeaders, body: string): readonly string[] {
  if (body === '') return [];
  const [type = 'a body of no known type'] =
    MEDIA_TYPE.exec(headers.get('Content-Type') ?? '') ?? [];
  const isPlainSdp = type.toLowerCase() === 'application/sdp' && !headers.has('Content-Encoding');
  const sdp = isPlainSdp ? redactSdp(body) : undefined;
  return ['', ...(sdp?.split('\n') ?? [`[${type} of ${body.length} characters, left out]`])];
}

const summaryOf = (line: StartLine): string =>
  line.kind === 'request'
    ? `${line.method} ${redactUri(line.uri)}`
    : `${line.status} ${line.reason}`.trimEnd();

/** What can be said of a message by its first line alone. */
function firstLineOf(line: string): StartLine | undefined {
  try {
    return parseStartLine(line);
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/**
 * A message without credentials, keys, pressed keys, passwords and tokens. What is shown is what is known to be harmless:
 * of unknown headers, parameters, attributes and bodies only the names. A message that cannot be read is shown by its first
 * line, or not at all. Never throws.
 *
 * @param text A whole message as it was on the line, decoded.
 */
export function redactSip(text: string): RedactedSip {
  const blank = text.indexOf('\r\n\r\n');
  const head = blank < 0 ? text.replace(/(?:\r\n)+$/, '') : text.slice(0, blank);
  const line = firstLineOf(head.split('\r\n', 1)[0] ?? '');
  if (line === undefined) return UNREADABLE;
  const summary = printable(summaryOf(line));
  const first = line.kind === 'request' ? `${summary} SIP/2.0` : `SIP/2.0 ${summary}`;
  const short = Array.from(summary).slice(0, MAX_SUMMARY_CHARS).join('');
  try {
    const { headers } = parseHeadText(head);
    const lines = Array.from(
      headers.entries(),
      ([name, value]) => `${name}: ${redactHeader(name, value)}`,
    );
    const body = redactBody(headers, blank < 0 ? '' : text.slice(blank + 4));
    return { summary: short, text: printableLines([first, ...lines, ...body].join('\n')) };
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return { summary: short, text: `${first}\n[the rest cannot be read]` };
  }
}
