import type { RandomSource } from '#foundation';
import { randomHex } from '#foundation';
import { parseCSeq } from '../message/cseq.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import { splitList } from '../message/split-list.ts';
import { parseVia } from '../message/via.ts';
import type { Via } from '../message/via.ts';

/** What branches made according to RFC 3261 begin with (section 8.1.1.7). */
const MAGIC_COOKIE = 'z9hG4bK';

/** A branch nobody else has; 96 random bits, so that a stranger cannot guess one. */
export function newBranch(random: RandomSource): string {
  return `${MAGIC_COOKIE}${randomHex(random, 12)}`;
}

/**
 * The topmost Via value.
 *
 * @throws SipParseError `via` when there is none or it cannot be read.
 */
export function topVia(message: SipMessage): Via {
  return parseVia(splitList(message.headers.get('Via') ?? '')[0] ?? '');
}

/** How many Via values a message has, comma lists taken apart. */
function viaCount(message: SipMessage): number {
  return message.headers.getAll('Via').reduce((sum, line) => sum + splitList(line).length, 0);
}

/** The tag of a From or To value; undefined when there is none. */
export function tagOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const tag = parseNameAddr(value).params.get('tag');
  return tag === true ? undefined : tag;
}

/** Under which a client transaction is found by its responses (RFC 3261 section 17.1.3). */
export function clientKey(message: SipMessage): string {
  const { method } = parseCSeq(message.headers.get('CSeq') ?? '');
  return `${String(topVia(message).params.get('branch'))}|${method}`;
}

/** The cookie alone tells no two requests apart (RFC 4475 section 3.2.1). */
const isUnique = (branch: string): boolean =>
  branch.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length;

/**
 * Under which a server transaction is found by repeated requests (RFC 3261 section 17.2.3).
 * An ACK and a CANCEL are looked up as `INVITE` to find the INVITE they belong to.
 */
export function serverKey(request: SipRequest, method = request.method): string {
  const via = topVia(request);
  const branch = via.params.get('branch');
  const sentBy = `${via.host.toLowerCase()}:${via.port ?? ''}`;
  if (typeof branch === 'string' && isUnique(branch)) {
    return `${branch}|${sentBy}|${method}`;
  }
  // A peer from before RFC 3261: its transactions are told apart by the request itself.
  const { headers } = request;
  const { sequence } = parseCSeq(headers.get('CSeq') ?? '');
  const tag = tagOf(headers.get('From')) ?? '';
  return ['2543', request.uri, headers.get('Call-ID'), tag, sequence, sentBy, method].join('|');
}

/** A response that came to us by mistake has another sent-by on top, or further Vias below (RFC 3261 8.1.3.3). */
export function answersOurs(request: SipRequest, response: SipResponse): boolean {
  if (viaCount(response) !== 1) return false;
  const ours = topVia(request);
  const theirs = topVia(response);
  return theirs.host.toLowerCase() === ours.host.toLowerCase() && theirs.port === ours.port;
}
