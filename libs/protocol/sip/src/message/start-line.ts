import { excerpt, SipParseError } from './sip-parse-error.ts';
import { parseUri } from './uri.ts';

/** The first line of a message (RFC 3261 sections 7.1 and 7.2). */
export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: string }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string };

const REQUEST_LINE = /^([\w\-.!%*+`'~]+) (\S+) SIP\/(\d+\.\d+)$/iu;
const STATUS_LINE = /^SIP\/(\d+\.\d+) (\d+)(?: (.*))?$/isu;

function checkVersion(version: string | undefined): void {
  if (version !== '2.0')
    throw new SipParseError('version', `not SIP/2.0: ${excerpt(version ?? '')}`);
}

function parseStatusLine(line: string): StartLine {
  const match = STATUS_LINE.exec(line);
  if (match === null) throw new SipParseError('startLine', `no status line: ${excerpt(line)}`);
  checkVersion(match[1]);
  const status = Number(match[2]);
  if (match[2]?.length !== 3 || status < 100 || status > 699) {
    throw new SipParseError('status', `not a status: ${excerpt(match[2] ?? '')}`);
  }
  return { kind: 'response', status, reason: match[3] ?? '' };
}

/**
 * Reads a request line or a status line, of which the URI is not looked into.
 *
 * @throws SipParseError `startLine`, `version` or `status`.
 */
export function parseStartLine(line: string): StartLine {
  if (/^SIP\//i.test(line)) return parseStatusLine(line);
  const match = REQUEST_LINE.exec(line);
  if (match === null) throw new SipParseError('startLine', `no request line: ${excerpt(line)}`);
  checkVersion(match[3]);
  return { kind: 'request', method: match[1] ?? '', uri: match[2] ?? '' };
}

/**
 * Checks the URI of a request: any scheme, but a SIP URI has to be whole and without headers (RFC 3261 19.1.1).
 *
 * @throws SipParseError `uri` or `parameter`.
 */
export function checkRequestUri(uri: string): void {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^<>"]+$/.test(uri)) {
    throw new SipParseError('uri', `not a URI: ${excerpt(uri)}`);
  }
  if (/^sips?:/i.test(uri) && parseUri(uri).headers !== undefined) {
    throw new SipParseError('uri', `a request URI has no headers: ${excerpt(uri)}`);
  }
}
