import { createHash } from 'node:crypto';

/** What `connect` asked for. */
export interface AskedConnect {
  readonly app: string;
  readonly tcUrl: string;
}

/** A server that wants a user and a password: undefined lets the publisher in, else the description of the `_error`. */
export interface PublisherVerifier {
  judge(asked: AskedConnect): string | undefined;
  /** What was refused for a wrong password or an unknown user. */
  readonly refusedCount: number;
}

/** Users with their passwords. */
type Users = Readonly<Record<string, string>>;

const REJECT = '[ AccessManager.Reject ] : ';
const md5 = (text: string): Buffer => createHash('md5').update(text).digest();
const md5Hex = (text: string): string => md5(text).toString('hex');

/** Fields behind the question mark. Not by URLSearchParams: a plus sign of base64 is a plus sign. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const query = text.includes('?') ? text.slice(text.indexOf('?') + 1) : '';
  return new Map(
    query.split('&').map((field) => {
      const [name = '', ...rest] = field.split('=');
      return [name, decodeURIComponent(rest.join('='))];
    }),
  );
}

abstract class Verifier implements PublisherVerifier {
  protected readonly users: Users;
  readonly #scheme: string;
  #refusedCount = 0;
  #issuedCount = 0;

  protected constructor(scheme: string, users: Users) {
    this.#scheme = scheme;
    this.users = users;
  }

  get refusedCount(): number {
    return this.#refusedCount;
  }

  judge(asked: AskedConnect): string | undefined {
    const fields = fieldsOf(asked.app);
    if (fields.get('authmod') !== this.#scheme)
      return `${REJECT}[ code=403 need auth; authmod=${this.#scheme} ] : `;
    const user = fields.get('user') ?? '';
    if (!fields.has('response')) return this.#say(`needauth${this.challenge(user)}`);
    if (fieldsOf(asked.tcUrl).get('response') !== fields.get('response'))
      return this.#say('tcUrl and app differ');
    const password = Object.hasOwn(this.users, user) ? this.users[user] : undefined;
    if (password === undefined) return this.#refuse('nosuchuser');
    if (this.isRight({ fields, user, password, app: asked.app })) return undefined;
    return this.#refuse('authfailed');
  }

  /** The rest of the query of a challenge, from its first `&` on. */
  protected abstract challenge(user: string): string;

  protected abstract isRight(answer: {
    readonly fields: ReadonlyMap<string, string>;
    readonly user: string;
    readonly password: string;
    readonly app: string;
  }): boolean;

  /** Texts that never come again. */
  protected issue(prefix: string): string {
    this.#issuedCount += 1;
    return Buffer.from(`${prefix}${this.#issuedCount}`).toString('base64');
  }

  #refuse(reason: string): string {
    this.#refusedCount += 1;
    return this.#say(reason);
  }

  #say(reason: string): string {
    return `${REJECT}[ authmod=${this.#scheme} ] : ?reason=${reason}`;
  }
}

interface IssuedSalt {
  readonly user: string;
  readonly salt: string;
  readonly challenge: string;
}

/** `authmod=adobe`: each challenge is good for one answer. With or without an opaque value. */
export class AdobeVerifier extends Verifier {
  readonly #hasOpaque: boolean;
  readonly #issued = new Map<string, IssuedSalt>();

  constructor(users: Users, { hasOpaque = true } = {}) {
    super('adobe', users);
    this.#hasOpaque = hasOpaque;
  }

  protected override challenge(user: string): string {
    const [salt, challenge] = [this.issue('salt/+'), this.issue('challenge~~')];
    this.#issued.set(challenge, { user, salt, challenge });
    // Servers that give an opaque value give the same text twice.
    const opaque = this.#hasOpaque ? `&opaque=${challenge}` : '';
    return `&user=${user}&salt=${salt}&challenge=${challenge}${opaque}`;
  }

  protected override isRight({
    fields,
    user,
    password,
  }: Parameters<Verifier['isRight']>[0]): boolean {
    const ours = fields.get('challenge') ?? '';
    const opaque = fields.get('opaque');
    const issued = this.#hasOpaque
      ? this.#issued.get(opaque ?? '')
      : [...this.#issued.values()].findLast((one) => one.user === user);
    if (issued?.user !== user) return false;
    this.#issued.delete(issued.challenge);
    if (Buffer.from(ours, 'base64').length < 4) return false;
    const salted = md5(`${user}${issued.salt}${password}`).toString('base64');
    const middle = this.#hasOpaque ? opaque : issued.challenge;
    return fields.get('response') === md5(`${salted}${middle}${ours}`).toString('base64');
  }
}

/** `authmod=llnw`: Limelight's digest; each nonce is good for one answer. */
export class LlnwVerifier extends Verifier {
  readonly #nonces = new Set<string>();

  constructor(users: Users) {
    super('llnw', users);
  }

  protected override challenge(user: string): string {
    const nonce = this.issue('nonce');
    this.#nonces.add(nonce);
    return `&user=${user}&nonce=${nonce}`;
  }

  protected override isRight({
    fields,
    user,
    password,
    app,
  }: Parameters<Verifier['isRight']>[0]): boolean {
    const [nonce = '', nc = '', cnonce = ''] = ['nonce', 'nc', 'cnonce'].map((name) =>
      fields.get(name),
    );
    if (!this.#nonces.delete(nonce) || cnonce === '' || !/^[0-9a-f]{8}$/.test(nc)) return false;
    const [path = ''] = app.split('?');
    const place = path.includes('/') ? path : `${path}/_definst_`;
    const who = md5Hex(`${user}:live:${password}`);
    const what = md5Hex(`publish:/${place}`);
    return fields.get('response') === md5Hex(`${who}:${nonce}:${nc}:${cnonce}:auth:${what}`);
  }
}
