import { createHash } from 'node:crypto';

/** What a server knows when an answer to its challenge comes in. */
export interface ExpectedDigest {
  readonly method: string;
  /** The Request-URI of the request. */
  readonly uri: string;
  readonly body?: string;
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  /** Default: `MD5`. */
  readonly algorithm?: 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-512-256';
  /** Default: none was offered. */
  readonly qop?: 'auth' | 'auth-int';
  /** Default: 1. */
  readonly nonceCount?: number;
}

const NODE_NAMES = {
  MD5: 'md5',
  'MD5-sess': 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};
const FIELD = /([a-z]+)=(?:"((?:\\.|[^"\\])*)"|([\w-]+))(?:, *|$)/y;
/** RFC 7616 section 3.4: these stand without quotes, all others with them. */
const UNQUOTED = new Set(['algorithm', 'qop', 'nc']);

/** The fields of an Authorization header, or what is wrong with its form. */
function readFields(header: string): Map<string, string> | string {
  if (!header.startsWith('Digest ')) return 'it is no Digest';
  const fields = new Map<string, string>();
  FIELD.lastIndex = 'Digest '.length;
  while (FIELD.lastIndex < header.length) {
    const [, name, quoted, plain] = FIELD.exec(header) ?? [];
    if (name === undefined) return 'it is not a list of fields';
    if (fields.has(name)) return `${name} stands twice`;
    if (UNQUOTED.has(name) !== (quoted === undefined)) return `${name} has the wrong quotes`;
    fields.set(name, quoted?.replace(/\\(.)/gu, '$1') ?? plain ?? '');
  }
  return fields;
}

/**
 * Checks an Authorization header as a strict server would (RFC 7616 section 3.4.6), by reckoning of its own. Says what
 * is wrong; undefined when nothing is.
 */
export function digestProblem(header: string, expected: ExpectedDigest): string | undefined {
  const fields = readFields(header);
  if (typeof fields === 'string') return fields;
  const { algorithm = 'MD5', qop, nonceCount = 1, method, uri, body = '' } = expected;
  const { username, password, realm, nonce } = expected;
  const nc = qop === undefined ? undefined : nonceCount.toString(16).padStart(8, '0');
  const wanted = { username, realm, nonce, uri, algorithm, qop, nc };
  for (const [name, value] of Object.entries(wanted)) {
    if (fields.get(name) !== value) return `${name} is ${fields.get(name) ?? 'missing'}`;
  }
  const hash = (text: string): string =>
    createHash(NODE_NAMES[algorithm]).update(text).digest('hex');
  const cnonce = fields.get('cnonce') ?? '';
  const login = hash(`${username}:${realm}:${password}`);
  const a1 = algorithm === 'MD5-sess' ? hash(`${login}:${nonce}:${cnonce}`) : login;
  const a2 = hash(`${method}:${uri}${qop === 'auth-int' ? `:${hash(body)}` : ''}`);
  const middle = qop === undefined ? nonce : `${nonce}:${nc ?? ''}:${cnonce}:${qop}`;
  if (qop !== undefined && cnonce === '') return 'cnonce is missing';
  return fields.get('response') === hash(`${a1}:${middle}:${a2}`) ? undefined : 'wrong password';
}
