import type { SipRequest } from './message.ts';

/** Why a message or a part of one was refused; stable words for counters and logs. */
export type SipParseReason =
  | 'empty'
  | 'tooLong'
  | 'tooManyHeaders'
  | 'startLine'
  | 'version'
  | 'status'
  | 'method'
  | 'uri'
  | 'headerLine'
  | 'lineEnd'
  | 'missingHeader'
  | 'duplicateHeader'
  | 'contentLength'
  | 'bodyTruncated'
  | 'cseq'
  | 'maxForwards'
  | 'via'
  | 'nameAddr'
  | 'parameter'
  | 'quoting';

/** The only error the parsers of this folder throw: what came from outside is not SIP as we accept it. */
export class SipParseError extends Error {
  override readonly name = 'SipParseError';
  readonly reason: SipParseReason;
  /** What of the message is enough to answer it: method, Via, From, To, Call-ID, CSeq. */
  request: SipRequest | undefined;

  constructor(reason: SipParseReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A piece of hostile text, short and printable enough for an error message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
