import type { SipHeaders } from '../message/headers.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import { SipParseError } from '../message/sip-parse-error.ts';
import { splitList } from '../message/split-list.ts';
import { formatUri, parseUri } from '../message/uri.ts';

/** Where a request within a dialog goes (RFC 3261 section 12.2.1.1). */
export interface RoutedTarget {
  readonly requestUri: string;
  /** Route values, first hop first. */
  readonly routes: readonly string[];
  /** The URI whose host is to be looked up and sent to. */
  readonly nextHop: string;
}

/** The Record-Route values of a message, top to bottom. */
export function recordRoutesOf(headers: SipHeaders): readonly string[] {
  return headers.getAll('Record-Route').flatMap(splitList);
}

/** The URI of the first Contact; undefined when there is none that a request could be sent to. */
export function contactUriOf(headers: SipHeaders): string | undefined {
  const first = headers.getAll('Contact').flatMap(splitList)[0];
  if (first === undefined || first === '*') return undefined;
  try {
    return asRequestUri(parseNameAddr(first).uri);
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/** A Contact URI as Request-URI: its `?headers` and `method` are not allowed there (RFC 3261 table 1). */
function asRequestUri(uri: string): string {
  const { scheme, user, password, host, port, params } = parseUri(uri);
  return formatUri({
    scheme,
    host,
    params: new Map([...params].filter(([name]) => name !== 'method')),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(port === undefined ? {} : { port }),
  });
}

/**
 * Applies a route set. When the first proxy is a strict router (no `lr`), it becomes the Request-URI and the
 * target moves to the end of the route, as RFC 3261 section 12.2.1.1 says.
 */
export function routeRequest(routeSet: readonly string[], target: string): RoutedTarget {
  const [first, ...others] = routeSet;
  if (first === undefined) return { requestUri: target, routes: [], nextHop: target };
  const firstUri = parseNameAddr(first).uri;
  if (isLooseRouter(firstUri)) {
    return { requestUri: target, routes: routeSet, nextHop: firstUri };
  }
  return { requestUri: firstUri, routes: [...others, `<${target}>`], nextHop: firstUri };
}

function isLooseRouter(uri: string): boolean {
  try {
    return parseUri(uri).params.has('lr');
  } catch (error) {
    if (error instanceof SipParseError) return true;
    throw error;
  }
}
