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

function answersToMd5(challenge: string): boolean {
  if (!/^digest[ \t]/i.test(challenge)) return false;
  const algorithm = /[ \t,]algorithm[ \t]*=[ \t]*"?([\w-]+)/i.exec(challenge)?.[1];
  return algorithm === undefined || algorithm.toUpperCase() === 'MD5';
}

/** Of several challenges the one that every client can answer stays, else the first. */
function keepOneChallenge(headers: SipHeaders): void {
  for (const name of CHALLENGES) {
    const challenges = headers.getAll(name).filter((challenge) => challenge !== '');
    const kept = challenges.find(answersToMd5) ?? challenges[0];
    if (kept === undefined) headers.remove(name);
    else headers.set(name, kept);
  }
}

/**
 * The same message written as plainly as SIP allows, for readers that take it apart with regular expressions:
 * one list element per line, brackets around every address, display names quoted, no spaces around separators,
 * one challenge, a printable reason.
 *
 * @remarks Address headers that cannot be read are left out. The reader in mind is the parser of drachtio-srf, which
 * drops what it cannot match and merges several challenges into one.
 */
export function plainForm(message: SipMessage): SipMessage {
  const headers = new SipHeaders();
  for (const [name, value] of message.headers.entries()) {
    for (const element of plainElements(name, value)) headers.append(name, element);
  }
  keepOneChallenge(headers);
  if (message.kind === 'request') return { ...message, headers };
  return { ...message, headers, reason: message.reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ') };
}
