import { MAX_HOST_LENGTH } from './limits.ts';
import { formatParams, parseParams, type Params } from './params.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';

/**
 * A `sip:` or `sips:` URI. All parts are raw: escapes (`%40`) are neither made nor undone.
 *
 * @see RFC 3261 section 19.1.1
 */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user?: string;
  readonly password?: string;
  /** Name or address; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** 1 to 65 535; absent when the URI names none. */
  readonly port?: number;
  readonly params: Params;
  /** What follows the `?`, without it. */
  readonly headers?: string;
}

const HOST_PORT = /^(\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]+)(?:[ \t]*:[ \t]*(\d{1,5}))?$/;
const USER_INFO = /^([^\s<>"@:]+)(?::([^\s<>"@:]*))?$/u;

/**
 * Reads `host` or `host:port`; spaces around the colon are allowed, as Via allows them.
 *
 * @throws SipParseError with `reason` when it is neither.
 */
export function parseHostPort(
  text: string,
  reason: 'uri' | 'via',
): { readonly host: string; readonly port?: number } {
  const match = HOST_PORT.exec(text);
  const host = match?.[1];
  if (host === undefined || host.length > MAX_HOST_LENGTH) {
    throw new SipParseError(reason, `not a host: ${excerpt(text)}`);
  }
  if (match?.[2] === undefined) return { host };
  const port = Number(match[2]);
  if (port < 1 || port > 65_535) throw new SipParseError(reason, `not a port: ${port}`);
  return { host, port };
}

function parseUserInfo(text: string): { readonly user: string; readonly password?: string } {
  const match = USER_INFO.exec(text);
  const user = match?.[1];
  if (user === undefined) throw new SipParseError('uri', `not a user part: ${excerpt(text)}`);
  return match?.[2] === undefined ? { user } : { user, password: match[2] };
}

/** Where the host part ends: at the first `;` or `?`. */
function endOfHost(text: string): number {
  const at = text.search(/[;?]/);
  return at < 0 ? text.length : at;
}

/**
 * Reads a `sip:` or `sips:` URI. The user part may hold `;`, `?` and `/`.
 *
 * @throws SipParseError `uri` (other schemes included: they are not ours to route) or `parameter`.
 */
export function parseUri(text: string): SipUri {
  const match = /^(sips?):(.*)$/is.exec(text);
  if (match === null || /[\s<>"]/.test(text)) {
    throw new SipParseError('uri', `not a sip URI: ${excerpt(text)}`);
  }
  const scheme = match[1]?.toLowerCase() === 'sips' ? 'sips' : 'sip';
  const rest = match[2] ?? '';
  const at = rest.indexOf('@');
  const userInfo = at < 0 ? {} : parseUserInfo(rest.slice(0, at));
  const target = rest.slice(at + 1);
  if (target.includes('@')) throw new SipParseError('uri', `two @ in ${excerpt(text)}`);
  const hostEnd = endOfHost(target);
  const question = target.indexOf('?', hostEnd);
  const paramsEnd = question < 0 ? target.length : question;
  return {
    scheme,
    ...userInfo,
    ...parseHostPort(target.slice(0, hostEnd), 'uri'),
    params: parseParams(target.slice(hostEnd, paramsEnd)),
    ...(question < 0 ? {} : { headers: target.slice(question + 1) }),
  };
}

/** The URI as text, the counterpart of `parseUri`. */
export function formatUri(uri: SipUri): string {
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const userInfo = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${userInfo}${uri.host}${port}${formatParams(uri.params)}${headers}`;
}
