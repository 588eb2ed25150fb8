import { fullHeaderName } from './compact-names.ts';
import { SipHeaders } from './headers.ts';
import { EMPTY_BODY } from './message.ts';
import type { SipRequest } from './message.ts';
import { parseNameAddr } from './name-addr.ts';
import { SipParseError } from './sip-parse-error.ts';
import { splitList } from './split-list.ts';
import { parseVia } from './via.ts';

/** Longer messages are not looked into again, in bytes: the effort for a broken one is to stay small. */
const MAX_SALVAGED_BYTES = 16_384;
/** The longest header that is sent back, in UTF-16 units. */
const MAX_VALUE_LENGTH = 512;
const MAX_VIA_LINES = 16;

const REQUEST_LINE = /^([\w\-.!%*+`'~]{1,32})[ \t]+(.*)[ \t]SIP\/\d+\.\d+[ \t]*$/isu;
const HEADER_LINE = /^([\w\-.!%*+`'~]+)[ \t]*:[ \t]*(.*?)[ \t]*$/su;
const CSEQ = /^\d{1,10}[ \t]+[\w\-.!%*+`'~]+$/;
const CALL_ID = /^[!-{}~]+$/;
const COPIED = new Map(
  ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => [name.toLowerCase(), name]),
);

/**
 * Reads from a broken request what its answer has to repeat: method, Via, From, To, Call-ID and CSeq.
 *
 * @param lines Name and value of each header line, top to bottom.
 * @returns undefined when a response cannot be built, or is not wanted (ACK, responses). The URI may be anything.
 * @see RFC 3261 section 8.2.6.2
 */
export function salvageRequest(
  startLine: string,
  lines: Iterable<readonly [string, string]>,
): SipRequest | undefined {
  const [, method, uri] = REQUEST_LINE.exec(startLine) ?? [];
  if (method === undefined || uri === undefined || method === 'ACK') return undefined;
  const headers = new SipHeaders();
  for (const [givenName, value] of lines) {
    const name = COPIED.get(fullHeaderName(givenName).toLowerCase());
    if (name === undefined || (name !== 'Via' && headers.has(name))) continue;
    if (headers.getAll('Via').length > MAX_VIA_LINES) return undefined;
    if (value === '' || value.length > MAX_VALUE_LENGTH || /\p{Cc}/u.test(value)) return undefined;
    headers.append(name, value);
  }
  const request: SipRequest = { kind: 'request', method, uri, headers, body: EMPTY_BODY };
  return isAnswerable(headers) ? request : undefined;
}

function isAnswerable(headers: SipHeaders): boolean {
  const isIdentified =
    CSEQ.test(headers.get('CSeq') ?? '') && CALL_ID.test(headers.get('Call-ID') ?? '');
  if (!isIdentified) return false;
  try {
    parseVia(splitList(headers.get('Via') ?? '')[0] ?? '');
    for (const name of ['From', 'To']) parseNameAddr(headers.get(name) ?? '');
    return true;
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}

/** The same from the bytes of a datagram whose head cannot be read as a whole. */
export function salvageDatagram(bytes: Uint8Array): SipRequest | undefined {
  if (bytes.length > MAX_SALVAGED_BYTES) return undefined;
  const [head = ''] = new TextDecoder().decode(bytes).trimStart().split('\r\n\r\n', 1);
  const [startLine = '', ...lines] = head.split('\r\n');
  return salvageRequest(startLine, readableHeaders(lines));
}

function* readableHeaders(lines: readonly string[]): Generator<readonly [string, string]> {
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) yield [name, value];
  }
}
