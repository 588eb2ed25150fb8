import { MAX_CSEQ } from './limits.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';

/** The value of CSeq (RFC 3261 section 20.16). */
export interface CSeq {
  /** 0 to 2^31 - 1. */
  readonly sequence: number;
  readonly method: string;
}

/**
 * Reads a CSeq value; leading zeros are fine.
 *
 * @throws SipParseError `cseq`.
 */
export function parseCSeq(text: string): CSeq {
  const match = /^(\d+)[ \t]+([\w\-.!%*+`'~]+)$/.exec(text.trim());
  const sequence = Number(match?.[1] ?? NaN);
  if (match?.[2] === undefined || !(sequence <= MAX_CSEQ)) {
    throw new SipParseError('cseq', `not a CSeq: ${excerpt(text)}`);
  }
  return { sequence, method: match[2] };
}
