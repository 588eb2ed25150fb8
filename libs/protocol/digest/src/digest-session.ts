import { randomHex } from '#foundation';
import type { RandomSource, Secret } from '#foundation';
import type { DigestChallenge } from './challenge.ts';
import { DigestError } from './digest-error.ts';
import { digestResponse } from './digest-response.ts';

/** A login. */
export interface DigestCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** What a DigestSession answers, as whom. */
export interface DigestSessionOptions {
  readonly challenge: DigestChallenge;
  readonly credentials: DigestCredentials;
  readonly random: RandomSource;
}

/** The request that is to be authorized. */
export interface DigestRequest {
  readonly method: string;
  /** The Request-URI exactly as it is sent. */
  readonly uri: string;
  /** Empty for none. */
  readonly body: string;
}

const CNONCE_BYTES = 16;
const MAX_NONCE_COUNT = 0xffff_ffff;

function quoted(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new DigestError('a control character cannot be sent');
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * The use of one nonce with one login: counts the requests, and keeps one cnonce, on which the `-sess` algorithms
 * rely. A new nonce needs a new session.
 */
export class DigestSession {
  readonly challenge: DigestChallenge;
  readonly #credentials: DigestCredentials;
  readonly #cnonce: string;
  #count = 0;

  constructor(options: DigestSessionOptions) {
    this.challenge = options.challenge;
    this.#credentials = options.credentials;
    this.#cnonce = randomHex(options.random, CNONCE_BYTES);
  }

  /**
   * The value of an Authorization or Proxy-Authorization header (RFC 7616 section 3.4), good for one request.
   *
   * @throws DigestError for a control character in login or URI, and when the nonce has been used 2^32 - 1 times.
   */
  authorize(request: DigestRequest): string {
    if (this.#count === MAX_NONCE_COUNT) throw new DigestError('the nonce is used up');
    this.#count += 1;
    const { username, password } = this.#credentials;
    const { realm, nonce, opaque, algorithm, qop } = this.challenge;
    const cnonce = this.#cnonce;
    const nonceCount = this.#count.toString(16).padStart(8, '0');
    const response = digestResponse({
      ...{ algorithm, username, realm, password: password.reveal() },
      ...{ nonce, cnonce, nonceCount, qop, ...request },
    });
    const isCnonceUsed = qop !== undefined || algorithm.endsWith('-sess');
    const parts = [
      `username=${quoted(username)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `uri=${quoted(request.uri)}`,
      `response="${response}"`,
      `algorithm=${algorithm}`,
      ...(isCnonceUsed ? [`cnonce="${cnonce}"`] : []),
      ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
      ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nonceCount}`]),
    ];
    return `Digest ${parts.join(', ')}`;
  }
}
