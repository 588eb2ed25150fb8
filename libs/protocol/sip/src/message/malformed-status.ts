import { MAX_LINE_LENGTH } from './limits.ts';
import type { SipRequest } from './message.ts';
import type { SipParseReason } from './sip-parse-error.ts';

type StatusLine = readonly [status: number, reason: string];

/** What the sender is told; hostile text is never repeated. */
const STATUS: Readonly<Record<SipParseReason, StatusLine>> = {
  empty: [400, 'Empty Message'],
  tooLong: [513, 'Message Too Large'],
  tooManyHeaders: [513, 'Too Many Headers'],
  startLine: [400, 'Bad Request Line'],
  version: [505, 'Version Not Supported'],
  status: [400, 'Bad Status'],
  method: [400, 'Bad Method'],
  uri: [400, 'Bad Request-URI'],
  headerLine: [400, 'Bad Header'],
  lineEnd: [400, 'Bad Line End'],
  missingHeader: [400, 'Missing Header'],
  duplicateHeader: [400, 'Header Given Twice'],
  contentLength: [400, 'Bad Content-Length'],
  bodyTruncated: [400, 'Body Shorter Than Content-Length'],
  cseq: [400, 'Bad CSeq'],
  maxForwards: [400, 'Bad Max-Forwards'],
  via: [400, 'Bad Via'],
  nameAddr: [400, 'Bad Address'],
  parameter: [400, 'Bad Parameter'],
  quoting: [400, 'Bad Quoting'],
};

/** Status and reason of the answer to a request that was refused by the parser (RFC 3261 section 21.4). */
export function malformedStatus(request: SipRequest, reason: SipParseReason): StatusLine {
  if (reason === 'tooLong' && request.uri.length > MAX_LINE_LENGTH / 2) {
    return [414, 'Request-URI Too Long'];
  }
  return STATUS[reason];
}
