import type { DialRequest } from '#domain';
import type { RandomSource } from '#foundation';
import { DigestError, DigestSession, parseChallenges, strongestChallenge } from '#protocol/digest';
import type { DigestChallenge, DigestRequest } from '#protocol/digest';
import type { SrfHeaders, SrfResponse } from './srf-types.ts';

/** The header that asks, by status, and the one that answers. */
const HEADERS: Readonly<Record<number, readonly [string, string]>> = {
  401: ['WWW-Authenticate', 'Authorization'],
  407: ['Proxy-Authenticate', 'Proxy-Authorization'],
};

/** The first answer, and one more when its nonce was too old. */
const MAX_ANSWERS = 2;

/**
 * The login of one leg: decides which challenges are answered, and answers them.
 *
 * @remarks
 * srf answers with MD5 whatever is asked for, only once, and cuts realms at commas, so it is told of no login at all.
 * Without a list of realms, the first one that is answered is the only one for the whole leg: a redirected or
 * intercepted request would otherwise collect answers for any realm that somebody names. Whose response it is, the caller has to look at.
 */
export class LegLogin {
  readonly #credentials: NonNullable<DialRequest['auth']>;
  readonly #random: RandomSource;
  readonly #sessions = new Map<string, DigestSession>();
  /** By method and header. */
  readonly #answerCounts = new Map<string, number>();

  constructor(credentials: NonNullable<DialRequest['auth']>, random: RandomSource) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /** What comes is a new request, of any method or of this one: it may be challenged as if it were the first. */
  beginRequest(method?: string): void {
    if (method === undefined) this.#answerCounts.clear();
    else
      for (const [, answering] of Object.values(HEADERS))
        this.#answerCounts.delete(`${method} ${answering}`);
  }

  /**
   * The headers with which the request is to be sent once more; undefined when the response is no challenge, cannot be
   * read, is for another realm, or says that the password is wrong. Never throws.
   */
  answer(response: SrfResponse, request: DigestRequest): SrfHeaders | undefined {
    const [asking, answering] = HEADERS[response.status] ?? [];
    const header = asking === undefined ? undefined : response.get(asking);
    // Our own server does not challenge us: it only makes up failures.
    const isFromNetwork = (response.source_address ?? '') !== '';
    if (answering === undefined || header === undefined || !isFromNetwork) return undefined;
    try {
      return this.#answer(header, answering, request);
    } catch (error) {
      if (!(error instanceof DigestError)) throw error;
      return undefined;
    }
  }

  #answer(header: string, answering: string, request: DigestRequest): SrfHeaders | undefined {
    const challenge = strongestChallenge(
      parseChallenges(header).filter(({ realm }) => this.#isOurs(realm)),
    );
    const key = `${request.method} ${answering}`;
    const count = this.#answerCounts.get(key) ?? 0;
    if (challenge === undefined || count === MAX_ANSWERS) return undefined;
    if (count > 0 && !challenge.isStale) return undefined;
    this.#answerCounts.set(key, count + 1);
    this.#sessions.set(answering, this.#sessionFor(challenge, this.#sessions.get(answering)));
    return this.known(request);
  }

  /** The request goes to another address, whose first challenge says nothing about the password. */
  moveOn(): void {
    this.#answerCounts.clear();
  }

  #isOurs(realm: string): boolean {
    const { realms } = this.#credentials;
    if (realms !== undefined) return realms.includes(realm);
    const answered = [...this.#sessions.values()][0]?.challenge.realm;
    return answered === undefined || answered === realm;
  }

  /** The headers with which a further request shows what earlier challenges were answered with; empty before any. */
  known(request: DigestRequest): SrfHeaders {
    return Object.fromEntries(
      Array.from(this.#sessions, ([name, session]) => [name, session.authorize(request)]),
    );
  }

  /** The same nonce goes on being counted. */
  #sessionFor(challenge: DigestChallenge, last: DigestSession | undefined): DigestSession {
    const isSame =
      last?.challenge.nonce === challenge.nonce && last.challenge.algorithm === challenge.algorithm;
    if (isSame) return last;
    return new DigestSession({
      challenge,
      credentials: this.#credentials,
      random: this.#random,
    });
  }
}
