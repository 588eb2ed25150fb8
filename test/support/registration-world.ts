import { Secret, silentLogger } from '#foundation';
import type { Timers } from '#foundation';
import { Fault, IdFactory } from '#domain';
import type {
  Binding,
  ClaimedCall,
  ErrorCode,
  FoundRegistration,
  NodeId,
  RegisterOutcome,
  Registrar,
  RegistrationBook,
  RegistrationClaim,
  RegistrationName,
  SipAccount,
} from '#domain';
import { SeededRandom, VirtualTime } from '#testkit';
import { RegistrationDesk } from '../../apps/worker/src/registrations/registration-desk.ts';

interface Row {
  node: NodeId | null;
  epoch: number;
  leaseUntil: number;
  grantedUntil: number;
  contactUser: string;
  contact: string | null;
}

/** The table of registrations, in virtual time. */
class FakeBook implements RegistrationBook {
  readonly rows = new Map<RegistrationName, Row>();
  isAway = false;
  #count = 0;

  constructor(private readonly time: VirtualTime) {}

  get #nowMs(): number {
    return this.time.nowMicros() / 1000;
  }

  #mine({ name, node, epoch }: RegistrationClaim): Row | undefined {
    if (this.isAway) throw new Fault('STORE_UNAVAILABLE');
    const row = this.rows.get(name);
    return row?.node === node && row.epoch === epoch ? row : undefined;
  }

  async compete(name: RegistrationName, node: NodeId): Promise<FoundRegistration> {
    await Promise.resolve();
    if (this.isAway) throw new Fault('STORE_UNAVAILABLE');
    const row = this.rows.get(name);
    if (row !== undefined && row.node !== null && row.leaseUntil > this.#nowMs - 1000) {
      const isRegistered = row.leaseUntil > this.#nowMs && row.grantedUntil > this.#nowMs;
      return { kind: 'others', isRegistered };
    }
    const contactUser = row?.contactUser ?? `c${++this.#count}`;
    const { contact = null, epoch = 0 } = row ?? {};
    const leaseUntil = this.#nowMs + 6000;
    this.rows.set(name, {
      node,
      epoch: epoch + 1,
      leaseUntil,
      grantedUntil: 0,
      contactUser,
      contact,
    });
    return { kind: 'mine', epoch: epoch + 1, contactUser, contact };
  }

  async renew(node: NodeId, held: readonly RegistrationName[]): Promise<Set<RegistrationName>> {
    await Promise.resolve();
    if (this.isAway) throw new Fault('STORE_UNAVAILABLE');
    const mine = held.filter((name) => {
      const row = this.rows.get(name);
      return row?.node === node && row.leaseUntil > this.#nowMs;
    });
    for (const name of mine) {
      const row = this.rows.get(name);
      if (row !== undefined) row.leaseUntil = this.#nowMs + 6000;
    }
    return new Set(mine);
  }

  async recordGrant(
    claim: RegistrationClaim,
    grant: { readonly expiresSeconds: number; readonly contact: string | null },
  ): Promise<boolean> {
    await Promise.resolve();
    const row = this.#mine(claim);
    if (row === undefined) return false;
    row.grantedUntil = this.#nowMs + grant.expiresSeconds * 1000;
    row.contact = grant.contact;
    return true;
  }

  async vacate(claim: RegistrationClaim): Promise<void> {
    await Promise.resolve();
    const row = this.#mine(claim);
    if (row !== undefined) Object.assign(row, { node: null, grantedUntil: 0 });
  }

  async reclaim({ name, node, epoch }: RegistrationClaim): Promise<number | null> {
    await Promise.resolve();
    const row = this.rows.get(name);
    if (row?.node !== null || row.epoch !== epoch) return null;
    Object.assign(row, { node, epoch: epoch + 1, leaseUntil: this.#nowMs + 6000 });
    return epoch + 1;
  }

  async remove(claim: RegistrationClaim): Promise<void> {
    await Promise.resolve();
    if (this.#mine(claim) !== undefined) this.rows.delete(claim.name);
  }
}

export const granted = (expiresSeconds: number): Partial<RegisterOutcome> => ({ expiresSeconds });
export const failed = (
  status: number | null,
  code: ErrorCode = 'SIP_REGISTER_REFUSED',
  wish: { readonly minExpiresSeconds?: number; readonly retryAfterSeconds?: number } = {},
): RegisterOutcome => ({
  ...{ kind: 'failed', fault: new Fault(code), status },
  ...{ minExpiresSeconds: null, retryAfterSeconds: 0, ...wish },
});

/** Grants 60 s unless the script says otherwise; what was sent stands in `sent`. */
class FakeRegistrar implements Registrar {
  isConnected = true;
  script: (RegisterOutcome | Partial<RegisterOutcome>)[] = [];
  /** `REGISTER 300 password` and `remove contact`. */
  readonly sent: string[] = [];
  readonly #sentAt: number[] = [];
  readonly accounts: SipAccount[] = [];
  bindings = 0;
  gate: Promise<void> = Promise.resolve();
  #hear: () => void = () => undefined;

  /** @param host Of the Contact: that of the node's signalling server. */
  constructor(
    private readonly host: string,
    private readonly time: VirtualTime,
  ) {}

  /** Milliseconds between one REGISTER and the next. */
  get gaps(): number[] {
    return this.#sentAt.slice(1).map((at, index) => (at - (this.#sentAt[index] ?? 0)) / 1000);
  }

  onConnected(hear: () => void): void {
    this.#hear = hear;
  }

  connect(): void {
    this.isConnected = true;
    this.#hear();
  }

  bind(account: SipAccount, contactUser: string): Binding {
    const contact = `sip:${contactUser}@${this.host}`;
    this.bindings++;
    this.accounts.push(account);
    return {
      register: async (expiresSeconds) => {
        this.#sentAt.push(this.time.nowMicros());
        this.sent.push(`REGISTER ${expiresSeconds} ${account.auth.password.reveal()}`);
        await this.gate;
        const usual = { kind: 'registered', expiresSeconds: 60, contact } as const;
        return { ...usual, ...this.script.shift() } as RegisterOutcome;
      },
      remove: async (left = contact) => {
        this.sent.push(`remove ${left}`);
        await this.gate;
      },
    };
  }
}

export const ids = new IdFactory(() => 0, new SeededRandom(9));

/** Lets every promise that can settle settle. */
export const settle = async (): Promise<void> => {
  for (let round = 0; round < 50; round++) await Promise.resolve();
};

class RegistrationWorld {
  readonly time = new VirtualTime();
  readonly book = new FakeBook(this.time);

  node(host = '192.0.2.1:5060') {
    const registrar = new FakeRegistrar(host, this.time);
    const life = { isDead: false };
    const unlessDead = (run: () => void) => (): void => {
      if (!life.isDead) run();
    };
    const timers: Timers = {
      after: (delayMs, run) => this.time.after(delayMs, unlessDead(run)),
      every: (periodMs, run) => this.time.every(periodMs, unlessDead(run)),
    };
    const desk = new RegistrationDesk({
      ...{ node: ids.nodeId(), book: this.book, registrar },
      ...{ clock: this.time, timers, random: new SeededRandom(1), logger: silentLogger },
    });
    void desk.start();
    /** A call of the account with a password of its own. */
    const call = (password = 'secret', user = 'studio', realms?: readonly string[]) => {
      let end = (): void => undefined;
      const until = new Promise<void>((resolve) => (end = resolve));
      const spec = {
        from: { user, domain: 'sip.test' },
        auth: { username: 'login', ...(realms === undefined ? {} : { realms }) },
        registrar: 'sip:sip.test',
      };
      const claimed = {
        record: { appKey: 'app', spec },
        secrets: { sipPassword: new Secret(password) },
      } as unknown as ClaimedCall;
      const heard: { outcome: string } = { outcome: 'waits' };
      desk.register(claimed, until).then(
        () => (heard.outcome = 'goes on'),
        (error: unknown) => {
          heard.outcome = error instanceof Fault ? error.code : String(error);
        },
      );
      return { end, heard };
    };
    return { desk, registrar, life, call };
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.time.advance(Math.min(100, left));
      await settle();
    }
    await settle();
  }
}

export const registrationWorld = () => {
  const world = new RegistrationWorld();
  return { world, ...world.node() };
};
