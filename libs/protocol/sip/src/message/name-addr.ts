import { formatParams, parseParams, type Params } from './params.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';

/**
 * The value of From, To, Contact, Route, Record-Route, Refer-To ...: an address with an optional name.
 *
 * @see RFC 3261 section 20.10
 */
export interface NameAddr {
  /** Without quotes and escapes; absent when there is none. */
  readonly displayName?: string;
  /** As on the wire, any scheme, without angle brackets. */
  readonly uri: string;
  /** Parameters of the header (`tag`, `expires`), not of the URI. */
  readonly params: Params;
}

const QUOTED = /^"((?:[^"\\]|\\.)*)"\s*(?=<)/su;
/** Words as they stand outside quotes: tokens by the grammar; other scripts are let through as many send them. */
const WORDS = /^([^\s"<>;,:@\\=()[\]{}?]+(?:[ \t]+[^\s"<>;,:@\\=()[\]{}?]+)*)?[ \t]*(?=<)/u;
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+$/u;

function splitDisplayName(text: string): { readonly displayName?: string; readonly rest: string } {
  const quoted = QUOTED.exec(text);
  if (quoted !== null) {
    const displayName = (quoted[1] ?? '').replace(/\\(.)/gsu, '$1');
    return { displayName, rest: text.slice(quoted[0].length) };
  }
  if (text.startsWith('"')) throw new SipParseError('quoting', `open quote in ${excerpt(text)}`);
  const words = WORDS.exec(text);
  if (words === null) {
    throw new SipParseError('nameAddr', `not a display name: ${excerpt(text)}`);
  }
  const rest = text.slice(words[0].length);
  return words[1] === undefined ? { rest } : { displayName: words[1], rest };
}

function checkUri(uri: string): string {
  if (!ABSOLUTE_URI.test(uri)) throw new SipParseError('nameAddr', `not a URI: ${excerpt(uri)}`);
  return uri;
}

/** Without brackets all parameters are the header's, so the URI may hold neither `?` nor `,` (RFC 3261 20). */
function parseBareAddress(text: string): NameAddr {
  const semicolon = text.indexOf(';');
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = checkUri(text.slice(0, end).trimEnd());
  if (/[?,]/.test(uri)) {
    throw new SipParseError('nameAddr', `brackets are missing around ${excerpt(uri)}`);
  }
  return { uri, params: parseParams(text.slice(end)) };
}

/**
 * Reads one `"Name" <uri>;params` or `uri;params`.
 *
 * @throws SipParseError `nameAddr`, `quoting` or `parameter`.
 */
export function parseNameAddr(text: string): NameAddr {
  const value = text.trim();
  if (!/^[^:;]*</su.test(value) && !value.startsWith('"')) return parseBareAddress(value);
  const { rest, ...name } = splitDisplayName(value);
  const close = rest.indexOf('>');
  if (close < 0) throw new SipParseError('quoting', `open bracket in ${excerpt(text)}`);
  const uri = checkUri(rest.slice(1, close).trim());
  return { ...name, uri, params: parseParams(rest.slice(close + 1)) };
}

/** The address as text, always with brackets; a display name is always quoted. */
export function formatNameAddr(address: NameAddr): string {
  const { displayName } = address;
  const name = displayName === undefined ? '' : `"${displayName.replace(/["\\]/g, '\\$&')}" `;
  return `${name}<${address.uri}>${formatParams(address.params)}`;
}
