import { DigestError } from './digest-error.ts';

/** RFC 7616 section 6.1 and RFC 8760 section 2. */
export type DigestAlgorithm =
  'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess';

/** `auth` covers method and URI, `auth-int` the body too. */
export type DigestQop = 'auth' | 'auth-int';

/** A challenge that can be answered (RFC 7616 section 3.3). Texts stand without quotes and escapes. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  /** What we answer with; undefined for a server of RFC 2069 that offers none. */
  readonly qop: DigestQop | undefined;
  /** The password was right, only the nonce was too old. */
  readonly isStale: boolean;
}

/** Weakest first. */
const ALGORITHMS: readonly DigestAlgorithm[] = [
  'MD5-sess',
  'MD5',
  'SHA-256-sess',
  'SHA-256',
  'SHA-512-256-sess',
  'SHA-512-256',
];
const MAX_HEADER_CHARS = 8192;
const MAX_VALUE_CHARS = 512;
const MAX_CHALLENGES = 16;
const MAX_PARAMETERS = 64;

const SEPARATORS = /[ \t,]*/y;
const NAME = /[!#$%&'*+.^_`|~\w-]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
/** More than a token: some servers leave the quotes out. */
const UNQUOTED = /([^\s",]+)/y;
/** RFC 9110 section 11.2: what other schemes put in the place of parameters. */
const TOKEN68 = /[ \t]+[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** Matches sticky expressions one after the other. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}

/** The header on one line, if it is fit to be looked at. */
function unfolded(header: string): string {
  if (header.length > MAX_HEADER_CHARS) throw new DigestError('the challenge is too long');
  const text = header.replace(/\r\n[ \t]+/g, ' ').trim();
  if (/[^\P{Cc}\t]/u.test(text)) throw new DigestError('a control character in the challenge');
  return text;
}

function readValue(scanner: Scanner, name: string): string {
  const quoted = scanner.take(QUOTED)?.[1];
  const value = quoted?.replace(/\\(.)/gu, '$1') ?? scanner.take(UNQUOTED)?.[1];
  if (value === undefined) throw new DigestError(`${name} has no value`);
  if (value.length > MAX_VALUE_CHARS) throw new DigestError(`${name} is too long`);
  return value;
}

function readList(header: string): readonly RawChallenge[] {
  const scanner = new Scanner(unfolded(header));
  const found: RawChallenge[] = [];
  let parameterCount = 0;
  for (scanner.take(SEPARATORS); !scanner.isAtEnd; scanner.take(SEPARATORS)) {
    const name = scanner.take(NAME)?.[0].toLowerCase();
    if (name === undefined) throw new DigestError('no name where one is due');
    if (scanner.take(EQUALS) === undefined) {
      found.push({ scheme: name, parameters: new Map() });
      if (found.length > MAX_CHALLENGES) throw new DigestError('too many challenges');
      if (name !== 'digest') scanner.take(TOKEN68);
      continue;
    }
    const parameters = found.at(-1)?.parameters;
    parameterCount += 1;
    if (parameters === undefined) throw new DigestError(`${name} belongs to no scheme`);
    if (parameterCount > MAX_PARAMETERS) throw new DigestError('too many parameters');
    if (parameters.has(name)) throw new DigestError(`${name} is given twice`);
    parameters.set(name, readValue(scanner, name));
  }
  return found;
}

/** `auth` before `auth-int`, whose hash breaks when somebody on the way rewrites the body; null for neither. */
function chosenQop(offered: string | undefined): DigestQop | undefined | null {
  const names = (offered ?? '').toLowerCase().split(',');
  const offers = names.map((name) => name.trim()).filter((name) => name !== '');
  if (offers.length === 0) return undefined;
  if (offers.includes('auth')) return 'auth';
  return offers.includes('auth-int') ? 'auth-int' : null;
}

function readChallenge({ parameters }: RawChallenge): DigestChallenge | undefined {
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  if (realm === undefined || nonce === undefined) throw new DigestError('no realm or no nonce');
  const named = (parameters.get('algorithm') ?? 'MD5').toLowerCase();
  const algorithm = ALGORITHMS.find((known) => known.toLowerCase() === named);
  const qop = chosenQop(parameters.get('qop'));
  if (algorithm === undefined || qop === null) return undefined;
  const opaque = parameters.get('opaque');
  const isStale = parameters.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, opaque, algorithm, qop, isStale };
}

/**
 * The challenges of a WWW-Authenticate or Proxy-Authenticate header that we can answer, in their order. Several
 * headers may be joined with commas. Other schemes, unknown algorithms and unknown qualities of protection are
 * left out (RFC 7616 section 3.3).
 *
 * @throws DigestError for a header that is no list of challenges or over a limit, a parameter given twice, and a
 * Digest challenge without realm or nonce.
 */
export function parseChallenges(header: string): readonly DigestChallenge[] {
  return readList(header)
    .filter(({ scheme }) => scheme === 'digest')
    .flatMap((raw) => readChallenge(raw) ?? []);
}

/** The challenge with the best algorithm, the first of equals; undefined when there is none (RFC 8760 section 2.4). */
export function strongestChallenge(
  challenges: readonly DigestChallenge[],
): DigestChallenge | undefined {
  const rank = ({ algorithm }: DigestChallenge): number => ALGORITHMS.indexOf(algorithm);
  return challenges.reduce<DigestChallenge | undefined>(
    (best, next) => (best === undefined || rank(next) > rank(best) ? next : best),
    undefined,
  );
}
