import { Fault } from '#domain';
import type { ErrorCode } from '#domain';
import { causeInWords } from './release-cause.ts';

/** A final response to our INVITE that is no success, and what led to it. */
export interface RefusedInvite {
  readonly status: number;
  readonly reason?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The response came from a host on the network, not from the signalling server itself. */
  readonly isFromNetwork: boolean;
  /** The peer had sent a provisional response before. */
  readonly hasRung: boolean;
  readonly credentials: 'none' | 'unused' | 'sent';
  /** Why a redirect was not followed, and where it wanted to lead. */
  readonly redirection?: string | undefined;
}

/** Codes with a meaning of their own; everything else goes by its class (RFC 3261 section 8.1.3.2). */
const STATUSES: Partial<Readonly<Record<ErrorCode, readonly number[]>>> = {
  SIP_AUTH_REFUSED: [401, 407],
  SIP_BUSY: [486],
  SIP_DECLINED: [403, 428, 433, 436, 437, 438, 470, 603, 607, 608],
  SIP_INCOMPATIBLE: [406, 415, 420, 421, 422, 488, 493, 494, 580, 606],
  SIP_NO_ANSWER: [408, 480, 487],
  SIP_NOT_FOUND: [404, 410, 484, 485, 604],
  SIP_UNREACHABLE: [430, 482, 483],
};

const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(STATUSES).flatMap(([code, list]) =>
    list.map((status): [number, ErrorCode] => [status, code as ErrorCode]),
  ),
);

const BY_CLASS: Readonly<Record<number, ErrorCode>> = {
  3: 'SIP_REDIRECTED',
  4: 'SIP_REJECTED',
  5: 'SIP_PROVIDER_DOWN',
  6: 'SIP_BUSY',
};

/** Headers that say more than the status. Twilio puts its error number into `X-Twilio-Error`. */
const TELLING_HEADER = /^(?:reason|warning|retry-after|error-info|x-twilio-.{1,40})$/i;
const MAX_TELLING_HEADERS = 6;
const MAX_TEXT_CHARS = 100;

/** Foreign text on one line and of bounded length. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Surrogate}\u2028\u2029]+/gu, ' ').trim();
  // By characters and not by halves of them, which no database takes.
  return Array.from(line.slice(0, 2 * MAX_TEXT_CHARS))
    .slice(0, MAX_TEXT_CHARS)
    .join('');
}

function told(name: string, value: string): string {
  const words = name.toLowerCase() === 'reason' ? causeInWords(value) : undefined;
  return `${name}: ${oneLine(value)}${words === undefined ? '' : ` (${words})`}`;
}

/** `Reason`, `Warning`, `Retry-After`, `Error-Info` and Twilio's headers, each as `name: value`; Q.850 also in words. */
export function tellingHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => TELLING_HEADER.test(name))
    .slice(0, MAX_TELLING_HEADERS)
    .map(([name, value]) => told(name, value));
}

/** The code of the catalog for a refused INVITE. */
export function codeOfRefusal(refused: RefusedInvite): ErrorCode {
  const { status, isFromNetwork, hasRung, credentials } = refused;
  if (status === 408) return hasRung ? 'SIP_NO_ANSWER' : 'SIP_UNREACHABLE';
  // The server makes up 503 for a closed port, a refused connection and a DNS error.
  if (!isFromNetwork) return 'SIP_UNREACHABLE';
  if (status === 403 && credentials === 'sent') return 'SIP_AUTH_REFUSED';
  return BY_STATUS.get(status) ?? BY_CLASS[Math.floor(status / 100)] ?? 'SIP_REJECTED';
}

const REMARK_ON_CREDENTIALS = {
  none: 'no credentials were given',
  unused:
    'the challenge could not be answered: it is of a realm that `auth.realms` leaves out, or of an unknown kind',
  sent: 'the credentials were refused',
} as const;

/** What the signalling server means when it answers in the place of a peer that it could not reach. */
function localRemark({ status, reason = '' }: RefusedInvite): string {
  if (/DNS/i.test(reason)) return 'the host name of the SIP address has no DNS entry';
  if (reason.startsWith('TLS:')) return 'no TLS connection could be made to the SIP address';
  if (status === 416) return 'sips: addresses are called over TLS only';
  if (status === 482) return 'the SIP address leads back to the signalling server';
  if (status === 408) return 'nothing came back from the SIP address';
  return 'there is no route to the SIP address, or it refuses connections';
}

function remarkOn(refused: RefusedInvite): string | undefined {
  if (refused.status === 401 || refused.status === 407) {
    return REMARK_ON_CREDENTIALS[refused.credentials];
  }
  if (refused.redirection !== undefined) return refused.redirection;
  return refused.isFromNetwork ? undefined : localRemark(refused);
}

/** What is known of a refusal: `486 Busy Here; reason: Q.850;cause=17`. */
export function detailOfRefusal(refused: RefusedInvite): string {
  const remark = remarkOn(refused);
  return [
    `${refused.status} ${oneLine(refused.reason ?? '')}`.trim(),
    ...(remark === undefined ? [] : [remark]),
    ...tellingHeaders(refused.headers),
  ].join('; ');
}

/** A refused INVITE as a fault. */
export function faultOfRefusal(refused: RefusedInvite, cause: unknown): Fault {
  // What the signalling server makes up for a peer that it cannot reach is nobody's answer.
  const sipStatus = refused.isFromNetwork ? refused.status : undefined;
  return new Fault(codeOfRefusal(refused), { detail: detailOfRefusal(refused), cause, sipStatus });
}
