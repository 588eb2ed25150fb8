import { Fault } from '#domain';
import type { ErrorCode, RegisterOutcome } from '#domain';
import { SipParseError, parseNameAddr, splitList } from '#protocol/sip';
import { ControlError } from './control-error.ts';
import { detailOfRefusal } from './sip-status-map.ts';
import type { RefusedInvite } from './sip-status-map.ts';
import type { SrfResponse } from './srf-types.ts';

/** What was asked for. */
export interface AskedBinding {
  readonly contactUser: string;
  readonly expiresSeconds: number;
  readonly credentials: RefusedInvite['credentials'];
}

/** A number of seconds at the beginning of a header; RFC 3261 allows 2^32 - 1. */
const secondsIn = (text: string | true | undefined): number | null => {
  const digits = /^\s*(\d{1,10})(?!\d)/.exec(String(text ?? ''))?.[1];
  return digits === undefined ? null : Number(digits);
};

/** An address that can be read; what a registrar keeps for others may be anything. */
function addressOf(text: string): ReturnType<typeof parseNameAddr> | undefined {
  try {
    return parseNameAddr(text);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return undefined;
  }
}

/** How a final response to REGISTER has to be taken (RFC 3261 section 10.2). */
export function outcomeOf(response: SrfResponse, asked: AskedBinding): RegisterOutcome {
  return response.status < 300 ? granted(response, asked) : refused(response, asked);
}

/**
 * All Contacts of the address-of-record stand in the response; ours is found by its user. What it says of itself
 * goes before the Expires header, and that before what we have asked for.
 */
function granted(response: SrfResponse, asked: AskedBinding): RegisterOutcome {
  const isOurs = new RegExp(`^sips?:${asked.contactUser}@`, 'i');
  const ours = splitList(response.get('Contact') ?? '')
    .map(addressOf)
    .find((address) => address !== undefined && isOurs.test(address.uri));
  const expiresSeconds =
    secondsIn(ours?.params.get('expires')) ??
    secondsIn(response.get('Expires')) ??
    asked.expiresSeconds;
  if (expiresSeconds > 0) return { kind: 'registered', expiresSeconds, contact: ours?.uri ?? null };
  const detail = `REGISTER: ${response.status}, but for 0 seconds`;
  return failed(new Fault('SIP_REGISTER_REFUSED', { detail }), response.status);
}

function refused(response: SrfResponse, { credentials }: AskedBinding): RegisterOutcome {
  const { status, reason, headers } = response;
  const isFromNetwork = (response.source_address ?? '') !== '';
  const detail = detailOfRefusal({
    ...{ status, headers, isFromNetwork, credentials, hasRung: false },
    ...(reason === undefined ? {} : { reason }),
  });
  const fault = new Fault(codeOf(status, isFromNetwork), { detail: `REGISTER: ${detail}` });
  return {
    ...failed(fault, status),
    minExpiresSeconds: status === 423 ? secondsIn(response.get('Min-Expires')) : null,
    retryAfterSeconds: secondsIn(response.get('Retry-After')) ?? 0,
  };
}

function codeOf(status: number, isFromNetwork: boolean): ErrorCode {
  if (status === 408) return 'SIP_REGISTER_TIMEOUT';
  // Our own server makes up 503 for a closed port, a refused connection and a DNS error.
  const isDown = !isFromNetwork || (status >= 500 && status < 600);
  return isDown ? 'SIP_REGISTRAR_DOWN' : 'SIP_REGISTER_REFUSED';
}

const failed = (
  fault: Fault,
  status: number | null,
): Extract<RegisterOutcome, { kind: 'failed' }> => ({
  kind: 'failed',
  fault,
  status,
  minExpiresSeconds: null,
  retryAfterSeconds: 0,
});

const CODE_OF_ERROR = {
  timeout: 'SIP_REGISTER_TIMEOUT',
  lost: 'SIP_SIGNALLING_LOST',
  refused: 'SIP_REGISTRAR_DOWN',
  noDialog: 'SIP_REGISTRAR_DOWN',
} as const;

/** How it has to be taken that no response came. */
export function outcomeOfError(error: ControlError): RegisterOutcome {
  const detail = `REGISTER: ${error.message}`;
  return failed(new Fault(CODE_OF_ERROR[error.code], { detail, cause: error }), null);
}
