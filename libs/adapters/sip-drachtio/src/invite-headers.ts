import { invariant } from '#foundation';
import { headerProblems } from '#domain';
import type { CustomHeaders, DialRequest } from '#domain';
import { oneLine } from './sip-status-map.ts';
import type { SrfHeaders } from './srf-types.ts';

const CONTROL = /\p{Cc}/u;
const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
/** No white space, no brackets, no quotes, and no `|`, which separates the fields of a control frame. */
const URI = /^sips?:[^\s<>"|\p{Cc}]{1,251}$/u;

/** Whether an address can stand in a request line and in a control frame. */
export const isDialable = (uri: string): boolean => URI.test(uri);

/** RFC 3261 section 25.1: `unreserved` and `user-unreserved` without those that srf's own parser takes apart. */
const PLAIN_USER_CHARACTER = /[\w.!~*'()&=+$,/-]/;
const MAX_NAME_CHARS = 256;

/** The methods that a peer may use within a call. */
export const ALLOWED_METHODS = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO';

/** How long a session may last without a refresh, in seconds (RFC 4028 section 4 recommends it). */
const SESSION_SECONDS = 1800;
/** The least that RFC 4028 section 5 allows. */
export const MIN_SESSION_SECONDS = 90;

/** The real drachtio-server goes silent for ever when a command is longer than its 12 kB buffer. */
export const MAX_BODY_CHARS = 8000;
/** Of the INVITE with its body, without the answer to a challenge; its buffer for headers alone has 8400 bytes. */
const MAX_INVITE_BYTES = 8000;

/** Throws a BugError for a text that would break out of its header: the API has refused those long before. */
function checkText(text: string, what: string): void {
  invariant(!CONTROL.test(text), `a control character in the ${what}`);
  invariant(
    text.length <= MAX_NAME_CHARS,
    `the ${what} is longer than ${MAX_NAME_CHARS} characters`,
  );
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

function escapedUser(user: string): string {
  const escape = (character: string): string =>
    Array.from(
      new TextEncoder().encode(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  return Array.from(user, (character) =>
    PLAIN_USER_CHARACTER.test(character) ? character : escape(character),
  ).join('');
}

/**
 * The value of From, without a tag. A missing domain is written `localhost`, which the signalling server replaces
 * with its own address and port.
 */
export function fromHeader(from: DialRequest['from'], scheme: 'sip' | 'sips'): string {
  const { user, displayName, domain = 'localhost' } = from;
  checkText(user ?? '', 'user name');
  checkText(displayName ?? '', 'display name');
  invariant(HOST.test(domain), 'the domain of From is no host');
  const name = displayName === undefined ? '' : `${quoted(displayName)} `;
  const userPart = user === undefined || user === '' ? '' : `${escapedUser(user)}@`;
  return `${name}<${scheme}:${userPart}${domain}>`;
}

/** Throws a BugError unless the request can be written into a control frame without doing harm. */
export function checkRequest(request: DialRequest): void {
  const { to, outboundProxy, auth, sdpOffer } = request;
  invariant(isDialable(to), 'the address to dial is no SIP URI');
  invariant(outboundProxy === undefined || isDialable(outboundProxy), 'the proxy is no SIP URI');
  checkText(auth?.username ?? '', 'login');
  fromHeader(request.from, 'sip');
  invariant(
    sdpOffer.startsWith('v=0'),
    'an offer is needed: srf answers late offers with the peer own SDP',
  );
  checkHeaders(request.headers ?? {});
  const lines = Object.entries(inviteHeaders(request)).map(([name, value]) => `${name}: ${value}`);
  const bytes = byteLength([to, to, ...lines, sdpOffer].join('\r\n'));
  invariant(bytes <= MAX_INVITE_BYTES, `the INVITE is longer than ${MAX_INVITE_BYTES} bytes`);
}

function checkHeaders(headers: CustomHeaders): void {
  const [first] = headerProblems(headers);
  invariant(first === undefined, `the header ${first?.name.slice(0, 64)} ${first?.problem}`);
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/**
 * The headers of our INVITE, a new object each time: srf writes Call-ID, CSeq, tag and credentials into it.
 *
 * Reliable ringing (100rel) may be sent: drachtio-srf acknowledges it by itself, and both servers fill its PRACK in
 * (RFC 3262). A session timer is asked for, of `sessionSeconds` when the peer has named its least; the signalling
 * server keeps it (RFC 4028). It has no credentials, and a trunk that challenges would refuse its refreshes: a call with
 * a login asks the peer to refresh.
 *
 * UPDATE is not allowed, because the real server repeats the SDP of the INVITE in its own session refreshes and would
 * undo what an UPDATE had changed. There is no Contact: the server writes one that fits the transport.
 */
export function inviteHeaders(request: DialRequest, sessionSeconds?: number): SrfHeaders {
  const refresher = request.auth === undefined ? '' : ';refresher=uas';
  return {
    ...request.headers,
    From: fromHeader(request.from, request.to.startsWith('sips:') ? 'sips' : 'sip'),
    Supported: 'timer, 100rel',
    'Session-Expires': `${sessionSeconds ?? SESSION_SECONDS}${refresher}`,
    'Min-SE': String(sessionSeconds ?? MIN_SESSION_SECONDS),
    Allow: ALLOWED_METHODS,
    'User-Agent': 'Callcast',
    'Content-Type': 'application/sdp',
  };
}

/** The headers of a CANCEL or BYE of ours, a new object each time (RFC 3326). */
export function reasonHeaders(reason: string | undefined): SrfHeaders {
  return reason === undefined ? {} : { Reason: `Q.850;cause=16;text=${quoted(oneLine(reason))}` };
}
