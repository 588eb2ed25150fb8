import { createHash } from 'node:crypto';
import type { DigestAlgorithm, DigestQop } from './challenge.ts';

/** Everything that goes into the `response` of an answer, as it stands without quotes. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly nonce: string;
  readonly cnonce: string;
  /** Eight hexadecimal digits. */
  readonly nonceCount: string;
  readonly qop: DigestQop | undefined;
  readonly method: string;
  readonly uri: string;
  readonly body: string;
}

const HASH_NAMES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;

type HashedAlgorithm = keyof typeof HASH_NAMES;

/** The `response` in lower-case hexadecimal (RFC 7616 section 3.4.1; without `qop` as RFC 2617 section 3.2.2.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, nonce, cnonce, nonceCount, qop, method, uri } = input;
  const isSession = algorithm.endsWith('-sess');
  const base = (isSession ? algorithm.slice(0, -5) : algorithm) as HashedAlgorithm;
  const hash = (...parts: readonly string[]): string =>
    createHash(HASH_NAMES[base]).update(parts.join(':')).digest('hex');

  const secret = hash(input.username, input.realm, input.password);
  const a1 = isSession ? hash(secret, nonce, cnonce) : secret;
  const a2 = qop === 'auth-int' ? hash(method, uri, hash(input.body)) : hash(method, uri);
  return qop === undefined ? hash(a1, nonce, a2) : hash(a1, nonce, nonceCount, cnonce, qop, a2);
}
