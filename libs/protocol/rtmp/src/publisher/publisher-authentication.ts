import { createHash } from 'node:crypto';
import { hexOf } from '#foundation';
import type { RandomSource } from '#foundation';

/** Two ways in which servers ask encoders to log in, by the name in their `authmod`. */
export type AuthScheme = 'adobe' | 'llnw';

/** What a server asks a publisher for, or says of its login. */
export type AuthDemand =
  /** A user, by this scheme. */
  | { readonly kind: 'user'; readonly scheme: AuthScheme }
  /** The proof that the password is known. */
  | AuthChallenge
  /** The login was refused. */
  | { readonly kind: 'refused'; readonly reason: 'wrongPassword' | 'unknownUser' | 'other' };

/** What the proof is made of. */
export type AuthChallenge =
  | {
      readonly kind: 'challenge';
      readonly scheme: 'adobe';
      readonly salt: string;
      /** Given back, and part of the proof: `opaque` if there is one, else `challenge`. */
      readonly opaque: string | undefined;
      readonly challenge: string;
    }
  | { readonly kind: 'challenge'; readonly scheme: 'llnw'; readonly nonce: string };

/** Longer fields are no challenge of a server that means well. */
const MAX_FIELD_LENGTH = 256;
const REASONS: ReadonlyMap<string, 'wrongPassword' | 'unknownUser'> = new Map([
  ['authfailed', 'wrongPassword'],
  ['nosuchuser', 'unknownUser'],
]);

/**
 * Reads the description of a refused `connect`:
 *
 * ```text
 * [ code=403 need auth; authmod=adobe ]
 * [ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=U&salt=S&challenge=C&opaque=O
 * [ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=needauth&user=U&nonce=N
 * [ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=O
 * ?reason=nosuchuser
 * ```
 *
 * @returns Undefined when it is about something else.
 */
export function readAuthDemand(description: string): AuthDemand | undefined {
  const scheme = /authmod=(adobe|llnw)(?![a-z0-9])/.exec(description)?.[1] as
    AuthScheme | undefined;
  const queryAt = description.indexOf('?reason=');
  const fields = fieldsOf(queryAt < 0 ? '' : description.slice(queryAt + 1));
  const reason = REASONS.get(fields.get('reason') ?? '');
  if (reason !== undefined) return { kind: 'refused', reason };
  if (scheme === undefined) return undefined;
  if (queryAt < 0) return { kind: 'user', scheme };
  if (fields.get('reason') !== 'needauth') return { kind: 'refused', reason: 'other' };
  return challengeOf(scheme, fields) ?? { kind: 'refused', reason: 'other' };
}

/** Values as they stand: base64 keeps its `+` and `=`. */
function fieldsOf(query: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of query.split(/[&\s]/, 16)) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.length <= MAX_FIELD_LENGTH)
      fields.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return fields;
}

function challengeOf(
  scheme: AuthScheme,
  fields: ReadonlyMap<string, string>,
): AuthChallenge | undefined {
  if (scheme === 'llnw') {
    const nonce = fields.get('nonce');
    return nonce === undefined ? undefined : { kind: 'challenge', scheme, nonce };
  }
  const salt = fields.get('salt');
  const challenge = fields.get('challenge') ?? '';
  const opaque = fields.get('opaque') === '' ? undefined : fields.get('opaque');
  if (salt === undefined || (opaque === undefined && challenge === '')) return undefined;
  return { kind: 'challenge', scheme, salt, challenge, opaque };
}

/** Who publishes. */
export interface PublisherLogin {
  readonly user: string;
  readonly password: string;
}

/** What goes behind the application to tell the user: the answer to the first demand. */
export const userQuery = (scheme: AuthScheme, user: string): string =>
  `authmod=${scheme}&user=${encodeURIComponent(user)}`;

/**
 * What goes behind the application to prove the password: the answer to a challenge.
 *
 * @param app The application as it was asked for, without any of these queries.
 * @remarks MD5 is what these schemes are made of; the password is as safe as it makes it.
 */
export function proofQuery(
  challenge: AuthChallenge,
  { user, password }: PublisherLogin,
  { app, random }: { readonly app: string; readonly random: RandomSource },
): string {
  const ours = userQuery(challenge.scheme, user);
  if (challenge.scheme === 'adobe') {
    const { salt, opaque } = challenge;
    const clientChallenge = Buffer.from(random.bytes(4)).toString('base64');
    const salted = md5(user + salt + password, 'base64');
    const response = md5(salted + (opaque ?? challenge.challenge) + clientChallenge, 'base64');
    const echoed = opaque === undefined ? '' : `&opaque=${opaque}`;
    return `${ours}&challenge=${clientChallenge}&response=${response}${echoed}`;
  }
  const { nonce } = challenge;
  const nonceCount = '00000001';
  const cnonce = hexOf(random.bytes(4));
  const secret = md5(`${user}:live:${password}`, 'hex');
  const place = md5(`publish:/${applicationOf(app)}`, 'hex');
  const response = md5(`${secret}:${nonce}:${nonceCount}:${cnonce}:auth:${place}`, 'hex');
  return `${ours}&nonce=${nonce}&cnonce=${cnonce}&nc=${nonceCount}&response=${response}`;
}

/** Application and instance, the instance by its usual name when it is not said. */
function applicationOf(app: string): string {
  const bare = app.replace(/\?.*$/, '').replace(/\/+$/, '');
  return bare.includes('/') ? bare : `${bare}/_definst_`;
}

const md5 = (text: string, encoding: 'base64' | 'hex'): string =>
  createHash('md5').update(text, 'utf8').digest(encoding);

/** An application or a URL of one with more in its query. */
export const withQuery = (text: string, query: string): string =>
  `${text}${text.includes('?') ? '&' : '?'}${query}`;
