import { SipHeaders } from './headers.ts';
import type { SipMessage } from './message.ts';
import { formatNameAddr, parseNameAddr } from './name-addr.ts';
import { SipParseError } from './sip-parse-error.ts';
import { splitList } from './split-list.ts';
import { formatVia, parseVia } from './via.ts';

const ADDRESSES: ReadonlySet<string> = new Set([
  'from',
  'to',
  'contact',
  'route',
  'record-route',
  'path',
  'refer-to',
  'referred-by',
  'p-asserted-identity',
  'remote-party-id',
]);
const CHALLENGES = ['WWW-Authenticate', 'Proxy-Authenticate'];

function plainAddress(text: string): string {
  return text === '*' ? text : formatNameAddr(parseNameAddr(text));
}

/** The elements of one header line, each written out plainly; none when they cannot be read. */
function plainElements(name: string, value: string): string[] {
  const key = name.toLowerCase();
  const isAddress = ADDRESSES.has(key);
  if (!isAddress && key !== 'via') return [value];
  try {
    const elements = splitList(value);
    return elements.map(isAddress ? plainAddress : (via) => formatVia(parseVia(via)));
  } catch (error) {
    if (error instanceof SipParseError) return [];
    throw error;
  }
}

const DIGEST = /^digest[ \t]/i;

function isMd5(challenge: string): boolean {
  const algorithm = /[ \t,]algorithm[ \t]*=[ \t]*"?([\w-]+)/i.exec(challenge)?.[1];
  return algorithm === undefined || algorithm.toUpperCase() === 'MD5';
}

/**
 * Digest challenges only, if there are any, those for MD5 last: a reader that takes the last one can do no other, and
 * one that chooses finds all of them.
 */
function orderChallenges(headers: SipHeaders): void {
  for (const name of CHALLENGES) {
    const all = headers.getAll(name).filter((challenge) => challenge !== '');
    const digests = all.filter((challenge) => DIGEST.test(challenge));
    const kept = digests.length === 0 ? all : digests;
    headers.remove(name);
    for (const challenge of kept.filter((each) => !isMd5(each))) headers.append(name, challenge);
    for (const challenge of kept.filter(isMd5)) headers.append(name, challenge);
  }
}

/**
 * The same message written as plainly as SIP allows, for readers that take it apart with regular expressions:
 * one list element per line, brackets around every address, display names quoted, no spaces around separators,
 * digest challenges with MD5 last, a printable reason.
 *
 * @remarks Address headers that cannot be read are left out. The reader in mind is the parser of drachtio-srf, which
 * drops what it cannot match and joins several challenges in a way that lets the last one win.
 */
export function plainForm(message: SipMessage): SipMessage {
  const headers = new SipHeaders();
  for (const [name, value] of message.headers.entries()) {
    for (const element of plainElements(name, value)) headers.append(name, element);
  }
  orderChallenges(headers);
  if (message.kind === 'request') return { ...message, headers };
  return { ...message, headers, reason: message.reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ') };
}
