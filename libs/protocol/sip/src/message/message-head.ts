import { fullHeaderName } from './compact-names.ts';
import { SipHeaders, trimSpaces } from './headers.ts';
import { MAX_HEAD_BYTES, MAX_HEADER_LINES, MAX_LINE_LENGTH } from './limits.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';

/** Start line and headers, before anything is asked of their contents. */
export interface MessageHead {
  readonly startLine: string;
  readonly headers: SipHeaders;
}

const CR = 13;
const LF = 10;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const HEADER_LINE = /^([\w\-.!%*+`'~]+)[ \t]*:(.*)$/su;

/** Where CR LF CR LF begins at or after `from`, -1 when it has not come. */
export function findBlankLine(bytes: Uint8Array, from = 0): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at;
  }
  return -1;
}

/** Joins folded lines: one that begins with white space goes on from the line above (RFC 3261 section 7.3.1). */
function unfold(lines: readonly string[]): string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    if (/[\r\n]/.test(line)) {
      throw new SipParseError('lineEnd', `a line does not end in CR LF: ${excerpt(line)}`);
    }
    const above = unfolded.at(-1);
    const isFolded = unfolded.length > 1 && /^[ \t]/.test(line);
    const joined = isFolded && above !== undefined ? `${above} ${trimSpaces(line)}` : line;
    if (joined.length > MAX_LINE_LENGTH) throw new SipParseError('tooLong', 'a line is too long');
    if (isFolded) unfolded[unfolded.length - 1] = joined;
    else unfolded.push(joined);
  }
  return unfolded;
}

/** The headers of unfolded lines; compact names become full names, all others stay as given. */
function parseHeaderLines(lines: readonly string[]): SipHeaders {
  if (lines.length > MAX_HEADER_LINES) {
    throw new SipParseError('tooManyHeaders', `${lines.length} header lines`);
  }
  const headers = new SipHeaders();
  for (const line of lines) {
    const match = HEADER_LINE.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) {
      throw new SipParseError('headerLine', `not a header: ${excerpt(line)}`);
    }
    headers.append(fullHeaderName(match[1]), match[2]);
  }
  return headers;
}

/** Reads a head given as text without its blank line. */
export function parseHeadText(text: string): MessageHead {
  const [startLine = '', ...lines] = unfold(text.split('\r\n'));
  return { startLine, headers: parseHeaderLines(lines) };
}

/**
 * Reads a head given as bytes without its blank line. Bytes that are not UTF-8 become U+FFFD.
 *
 * @throws SipParseError `tooLong`, `lineEnd`, `headerLine` or `tooManyHeaders`.
 */
export function parseHead(bytes: Uint8Array): MessageHead {
  if (bytes.length > MAX_HEAD_BYTES) throw new SipParseError('tooLong', 'the head is too long');
  return parseHeadText(decoder.decode(bytes));
}

/**
 * The value of Content-Length in bytes, `undefined` when there is none.
 *
 * @throws SipParseError `contentLength` when it is no number or given twice.
 */
export function contentLengthOf(headers: SipHeaders): number | undefined {
  const values = headers.getAll('Content-Length');
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length > 1 || !/^\d{1,10}$/.test(value)) {
    throw new SipParseError('contentLength', `not one length: ${excerpt(values.join(' and '))}`);
  }
  return Number(value);
}
