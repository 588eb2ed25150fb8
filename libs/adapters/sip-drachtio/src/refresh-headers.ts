import type { SrfHeaders, SrfRequest } from './srf-types.ts';

const NAMES_REFRESHER = /^(\d{1,10})[ \t]*;[ \t]*refresher[ \t]*=[ \t]*(uac|uas)[ \t]*$/i;

/**
 * What a 2xx to a re-INVITE or UPDATE has to say so that the session timer it asks for goes on (RFC 4028 section 9).
 *
 * @remarks
 * The real drachtio-server keeps the timer of such a request, and leaves the 2xx to its client: unsaid, the peer would
 * stop to refresh, and the server would hang up when the interval is over. Ours completes what is left unsaid. Who is
 * to refresh is decided by the server when the peer names nobody.
 */
export function refreshHeaders(request: SrfRequest): SrfHeaders {
  const [, seconds, refresher] = NAMES_REFRESHER.exec(request.get('Session-Expires') ?? '') ?? [];
  if (seconds === undefined || refresher === undefined) return {};
  const who = refresher.toLowerCase();
  return {
    'Session-Expires': `${seconds};refresher=${who}`,
    ...(who === 'uac' ? { Require: 'timer' } : {}),
  };
}
