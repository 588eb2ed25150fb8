import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import type { ApiSettings } from '../tokens.ts';
import type { OpenSession } from './session-ring.ts';
import { isCsrfTokenOf } from './session-token.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that came with a session's cookie and without a key. */
    session?: OpenSession;
  }
}

/** Longer headers hold no cookie of ours. */
const LONGEST_HEADER = 8_192;
const READING = new Set(['GET', 'HEAD']);

type Place = Pick<ApiSettings, 'dashboardUrl'>;

/**
 * Whether the browser has come over https. A proxy says so, or the setting does. Who says so without having done it
 * changes nothing but the name of its own cookie.
 */
function isSecure({ headers }: FastifyRequest, { dashboardUrl }: Place): boolean {
  if (dashboardUrl !== undefined) return dashboardUrl.protocol === 'https:';
  // Of several proxies in a row the first one has met the browser.
  const [scheme = ''] = String(headers['x-forwarded-proto'] ?? '').split(',', 1);
  return scheme.trim().toLowerCase() === 'https';
}

/** With the prefix a browser takes it from this very host over https alone (RFC 6265bis section 4.1.3.2). */
const nameOf = (request: FastifyRequest, place: Place): string =>
  isSecure(request, place) ? '__Host-callcast_session' : 'callcast_session';

/** The token of a request's cookie; undefined where there is none. */
export function shownToken(request: FastifyRequest, place: Place): string | undefined {
  const { cookie = '' } = request.headers;
  if (cookie.length > LONGEST_HEADER) return undefined;
  const prefix = `${nameOf(request, place)}=`;
  const pairs = cookie.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
}

/** Gives the browser a token until it is closed, or takes it away. */
export function setToken(reply: FastifyReply, place: Place, token: string | null): void {
  const { request } = reply;
  const parts = [
    `${nameOf(request, place)}=${token ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure(request, place) ? ['Secure'] : []),
    ...(token === null ? ['Max-Age=0'] : []),
  ];
  void reply.header('set-cookie', parts.join('; '));
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/** Refuses what a page of another origin asks for, as far as browsers tell. @throws Fault CSRF_MISSING. */
export function refuseOtherSites({ headers }: FastifyRequest, { dashboardUrl }: Place): void {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  const isOwnHost =
    origin === undefined ||
    (dashboardUrl === undefined
      ? hostOf(origin) === host.toLowerCase()
      : origin === dashboardUrl.origin);
  if (isOwnSite && isOwnHost) return;
  throw new Fault('CSRF_MISSING', {
    detail:
      'The request came from a page of another host than this one, or than CALLCAST_DASHBOARD_URL.',
  });
}

/** Refuses a request that changes something and does not show that a page of ours has sent it. @throws Fault CSRF_MISSING. */
export function refuseForged({ method, headers }: FastifyRequest, token: string): void {
  if (READING.has(method)) return;
  const given = headers['x-csrf-token'];
  if (typeof given !== 'string' || !isCsrfTokenOf(token, given)) throw new Fault('CSRF_MISSING');
}
