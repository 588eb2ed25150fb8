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
import { describe, expect, it } from 'vitest';
import { RegistrationDesk } from './registration-desk.ts';

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

const granted = (expiresSeconds: number): Partial<RegisterOutcome> => ({ expiresSeconds });
const failed = (
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

const ids = new IdFactory(() => 0, new SeededRandom(9));

/** Lets every promise that can settle settle. */
const settle = async (): Promise<void> => {
  for (let round = 0; round < 50; round++) await Promise.resolve();
};

class World {
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

const setup = () => {
  const world = new World();
  return { world, ...world.node() };
};

describe('an address', () => {
  it('is registered once for all calls that wait for it', async () => {
    const { registrar, call, world } = setup();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));

    const calls = [call(), call()];
    await settle();
    expect(calls.map(({ heard }) => heard.outcome)).toEqual(['waits', 'waits']);
    open();
    await settle();
    const late = call();
    await settle();

    expect([...calls, late].map(({ heard }) => heard.outcome)).toEqual(Array(3).fill('goes on'));
    expect(registrar.sent).toEqual(['REGISTER 300 secret']);
    expect(world.book.rows.size).toBe(1);
  });

  it('is not registered for a call that does not ask for it', async () => {
    const { desk, registrar } = setup();
    const call = { record: { appKey: 'app', spec: { from: {} } }, secrets: {} };

    await desk.register(call as unknown as ClaimedCall, Promise.resolve());

    expect(registrar.sent).toEqual([]);
    expect(desk.size).toBe(0);
  });

  it('is refreshed at 50 to 90 % of what was granted, with the same binding', async () => {
    const { registrar, call, world } = setup();
    call();
    registrar.script = [granted(60), granted(60), granted(3600)];
    await world.pass(3_700_000);

    const [first = 0, second = 0, third = 0] = registrar.gaps;
    expect(first).toBeGreaterThanOrEqual(30_000);
    expect(first).toBeLessThanOrEqual(54_100);
    expect(second).toBeGreaterThanOrEqual(30_000);
    expect(second).toBeLessThanOrEqual(54_100);
    expect(third).toBeGreaterThanOrEqual(1_800_000);
    expect(third).toBeLessThanOrEqual(3_240_100);
    expect(registrar.bindings).toBe(1);
  });

  it('does not hold up a call while it is refreshed, and not when that fails', async () => {
    const { registrar, call, world } = setup();
    call();
    await settle();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));
    await world.pass(54_100);
    expect(registrar.sent).toHaveLength(2);
    const late = call();
    await settle();
    expect(late.heard.outcome).toBe('goes on');
    registrar.script = [failed(null, 'SIP_REGISTER_TIMEOUT')];
    open();
    await settle();

    expect(late.heard.outcome).toBe('goes on');
  });

  it('is asked for as long as a 423 wants it, and not longer', async () => {
    const { registrar, call, world } = setup();
    const tooBrief = (minExpiresSeconds: number) =>
      failed(423, 'SIP_REGISTER_REFUSED', { minExpiresSeconds });
    registrar.script = [tooBrief(900)];
    const { heard } = call();
    await world.pass(54_000);
    expect(heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual([300, 900, 900].map((s) => `REGISTER ${s} secret`));

    registrar.script = [tooBrief(1000), tooBrief(1100)];
    await world.pass(54_000);
    expect(registrar.sent.slice(3)).toEqual([900, 1000].map((s) => `REGISTER ${s} secret`));
  });

  it('is taken off a while after the last call, and nothing is left', async () => {
    const { registrar, call, world, desk } = setup();
    const [first, second] = [call(), call()];
    await settle();
    first.end();
    await world.pass(10_000);
    second.end();
    await world.pass(2_900);
    const third = call();
    await world.pass(5_000);
    expect(third.heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual(['REGISTER 300 secret']);

    third.end();
    await world.pass(4_400);
    expect(registrar.sent).toHaveLength(1);
    await world.pass(200);
    expect(registrar.sent).toEqual(['REGISTER 300 secret', 'remove sip:c1@192.0.2.1:5060']);
    expect(world.book.rows.size).toBe(0);
    expect(desk.size).toBe(0);
    // The renewal of the desk is the only timer.
    expect(world.time.pendingCount).toBe(1);
  });

  it('is registered anew for a call that comes while it is taken off', async () => {
    const { registrar, call, world } = setup();
    const first = call();
    await settle();
    first.end();
    await settle();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));
    await world.pass(4_600);
    expect(registrar.sent.at(-1)).toBe('remove sip:c1@192.0.2.1:5060');

    const second = call();
    await world.pass(1_000);
    expect(second.heard.outcome).toBe('waits');
    open();
    await settle();

    expect(second.heard.outcome).toBe('goes on');
    expect([...world.book.rows.values()]).toMatchObject([{ contactUser: 'c2', epoch: 1 }]);
  });

  it('is left alone when its only call ends while it waits', async () => {
    const { registrar, call, world, desk } = setup();
    registrar.isConnected = false;
    const { heard, end } = call();
    await settle();
    end();
    await world.pass(5_000);

    expect(heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual([]);
    expect(desk.size).toBe(0);
    expect(world.book.rows.size).toBe(0);
  });

  it('is taken off at the end of the node', async () => {
    const { registrar, call, world, desk } = setup();
    call();
    await settle();

    const stopped = desk.stop();
    await world.pass(1_600);
    await stopped;

    expect(registrar.sent.at(-1)).toBe('remove sip:c1@192.0.2.1:5060');
    expect(world.book.rows.size).toBe(0);
    expect(world.time.pendingCount).toBe(0);
  });

  it('does not hold up the end of a node when the registrar is silent', async () => {
    const { registrar, call, world, desk } = setup();
    call();
    await settle();
    registrar.gate = new Promise(() => undefined);

    const stopped = desk.stop();
    await world.pass(5_000);
    await stopped;

    expect(world.time.pendingCount).toBe(0);
  });
});

describe('a refusal', () => {
  it('fails the calls with that password; the others are tried', async () => {
    const { registrar, call, world } = setup();
    registrar.script = [failed(403)];
    const [one, same, other] = [call('wrong'), call('wrong'), call('right')];
    await settle();

    expect(one.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(same.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(other.heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual(['REGISTER 300 wrong', 'REGISTER 300 right']);
    other.end();
    await world.pass(60_000);
    // The call that was refused lives on here; its password is not shown again.
    expect(registrar.sent.filter((text) => text.includes('wrong'))).toHaveLength(1);
  });

  it('of a challenge outside the realms of a call is not for those that name other realms', async () => {
    const { registrar, call } = setup();
    registrar.script = [failed(401)];
    const [wrong, right] = [call('secret', 'studio', ['x.test']), call('secret', 'studio')];
    await settle();

    expect([wrong, right].map(({ heard }) => heard.outcome)).toEqual([
      'SIP_REGISTER_REFUSED',
      'goes on',
    ]);
    expect(registrar.bindings).toBe(2);
  });

  it('leaves the registration to a node that has another password', async () => {
    const { registrar, call, world } = setup();
    const other = world.node('192.0.2.2:5060');
    registrar.script = [failed(401)];
    const [wrong, right] = [call('wrong'), other.call('right')];
    await world.pass(1_000);

    expect(wrong.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(right.heard.outcome).toBe('goes on');
    expect(other.registrar.sent).toEqual(['REGISTER 300 right']);
    await world.pass(20_000);
    expect(registrar.sent).toEqual(['REGISTER 300 wrong']);
  });

  it('is not the last word for the next call', async () => {
    const { registrar, call } = setup();
    registrar.script = [failed(403)];
    const first = call();
    await settle();
    const second = call();
    await settle();

    expect(first.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(second.heard.outcome).toBe('goes on');
  });
});

describe('a registrar that is down', () => {
  it('fails the calls that wait, at once', async () => {
    const { registrar, call } = setup();
    registrar.script = [failed(503, 'SIP_REGISTRAR_DOWN')];
    const { heard } = call();
    await settle();

    expect(heard.outcome).toBe('SIP_REGISTRAR_DOWN');
    expect(registrar.sent).toHaveLength(1);
  });

  it('is tried again for a call that goes on, ever more seldom, and at once for a new call', async () => {
    const { registrar, call, world } = setup();
    const { heard } = call();
    await settle();
    const down = failed(503, 'SIP_REGISTRAR_DOWN');
    registrar.script = [down, down, down, down];
    await world.pass(54_100 + 60_100 + 120_100 + 240_100);
    const [, second = 0, third = 0, fourth = 0] = registrar.gaps;
    expect(second).toBeGreaterThanOrEqual(30_000);
    expect(second).toBeLessThanOrEqual(60_100);
    expect(third).toBeGreaterThanOrEqual(60_000);
    expect(third).toBeLessThanOrEqual(120_100);
    expect(fourth).toBeGreaterThanOrEqual(120_000);
    expect(fourth).toBeLessThanOrEqual(240_100);
    expect(heard.outcome).toBe('goes on');

    const count = registrar.sent.length;
    const next = call();
    await settle();
    expect(next.heard.outcome).toBe('goes on');
    expect(registrar.sent).toHaveLength(count + 1);
  });

  it('is left in peace for as long as it asks', async () => {
    const { registrar, call, world } = setup();
    call();
    await settle();
    registrar.script = [failed(503, 'SIP_REGISTRAR_DOWN', { retryAfterSeconds: 600 })];
    await world.pass(54_000);
    expect(registrar.sent).toHaveLength(2);
    await world.pass(540_000);
    expect(registrar.sent).toHaveLength(2);
    await world.pass(60_000);
    // Its own Contact is refreshed, not taken off.
    expect(registrar.sent).toEqual(Array(3).fill('REGISTER 300 secret'));
  });

  it('gets no un-REGISTER from nowhere: what may still be registered is taken off all the same', async () => {
    const { registrar, call, world, desk } = setup();
    const { end } = call();
    await settle();
    registrar.script = [failed(null, 'SIP_REGISTER_TIMEOUT')];
    await world.pass(54_000);
    end();
    await world.pass(5_000);

    expect(registrar.sent.at(-1)).toBe('remove sip:c1@192.0.2.1:5060');
    expect(desk.size).toBe(0);
  });
});

describe('the signalling server', () => {
  it('is waited for, but not for ever', async () => {
    const { registrar, call, world } = setup();
    registrar.isConnected = false;
    const first = call();
    await world.pass(11_900);
    expect(first.heard.outcome).toBe('waits');
    await world.pass(100);
    expect(first.heard.outcome).toBe('SIP_SIGNALLING_LOST');

    const second = call();
    await world.pass(5_000);
    registrar.connect();
    await settle();
    expect(second.heard.outcome).toBe('goes on');
  });

  it('is told all registrations again when it comes back', async () => {
    const { registrar, call, world } = setup();
    for (const user of ['a', 'b', 'c']) call('secret', user);
    await settle();
    registrar.isConnected = false;
    await world.pass(1_000);
    expect(registrar.sent).toHaveLength(3);

    registrar.connect();
    await settle();
    await world.pass(2_000);

    expect(registrar.sent).toHaveLength(6);
  });

  it('that is lost while a REGISTER is out is not the registrar being down', async () => {
    const { registrar, call, world } = setup();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));
    registrar.script = [failed(null, 'SIP_SIGNALLING_LOST')];
    const { heard } = call();
    await settle();
    registrar.isConnected = false;
    open();
    await world.pass(1_000);
    expect(heard.outcome).toBe('waits');
    registrar.connect();
    await settle();

    expect(heard.outcome).toBe('goes on');
  });
});

describe('two nodes', () => {
  it('register once, and both calls go on', async () => {
    const { registrar, call, world } = setup();
    const other = world.node('192.0.2.2:5060');
    const calls = [call(), other.call()];
    await world.pass(600);

    expect(calls.map(({ heard }) => heard.outcome)).toEqual(['goes on', 'goes on']);
    expect([...registrar.sent, ...other.registrar.sent]).toEqual(['REGISTER 300 secret']);
    await world.pass(300_000);
    expect(other.registrar.sent).toEqual([]);
  });

  it('take over from one another when the owner dies, and take off what it has left', async () => {
    const { life, call, world, registrar } = setup();
    const other = world.node('192.0.2.2:5060');
    call();
    await settle();
    other.call();
    await world.pass(600);
    const before = registrar.sent.length;
    life.isDead = true;
    await world.pass(9_000);

    expect(other.registrar.sent).toEqual(['remove sip:c1@192.0.2.1:5060', 'REGISTER 300 secret']);
    expect([...world.book.rows.values()]).toMatchObject([
      { epoch: 2, contact: 'sip:c1@192.0.2.2:5060' },
    ]);
    expect(registrar.sent).toHaveLength(before);
  });

  it('hand the registration over when one has no calls any more', async () => {
    const { registrar, call, world, desk } = setup();
    const other = world.node('192.0.2.2:5060');
    const first = call();
    await settle();
    other.call();
    await world.pass(600);

    first.end();
    await world.pass(6_000);

    expect(registrar.sent).toEqual(['REGISTER 300 secret']);
    expect(other.registrar.sent).toEqual(['remove sip:c1@192.0.2.1:5060', 'REGISTER 300 secret']);
    expect(desk.size).toBe(0);
  });

  it('try on their own when the other could not refresh', async () => {
    const { registrar, call, world } = setup();
    const other = world.node('192.0.2.2:5060');
    call();
    await settle();
    registrar.script = [failed(503, 'SIP_REGISTRAR_DOWN')];
    await world.pass(54_000);
    other.registrar.script = [failed(500, 'SIP_REGISTRAR_DOWN')];
    const { heard } = other.call();
    await settle();

    expect(heard.outcome).toBe('SIP_REGISTRAR_DOWN');
  });

  it('fail a call that the other could not register in time', async () => {
    const { registrar, call, world } = setup();
    const other = world.node();
    registrar.gate = new Promise(() => undefined);
    call();
    await settle();
    const { heard } = other.call();
    await world.pass(12_000);

    expect(heard.outcome).toBe('SIP_REGISTER_TIMEOUT');
    expect(other.registrar.sent).toEqual([]);
  });

  it('let go of a registration that the other has taken', async () => {
    const { registrar, call, world } = setup();
    // The refresh would be due before the lease runs out by itself.
    registrar.script = [granted(5)];
    call();
    await settle();
    const [row] = [...world.book.rows.values()];
    Object.assign(row ?? {}, { node: ids.nodeId(), epoch: 2, leaseUntil: 1e9, grantedUntil: 1e9 });
    await world.pass(100_000);

    expect(registrar.sent).toHaveLength(1);
  });
});

it('tells the other nodes, even if the store was away for a moment', async () => {
  const { registrar, call, world } = setup();
  let open = (): void => undefined;
  registrar.gate = new Promise((resolve) => (open = resolve));
  call();
  await settle();
  world.book.isAway = true;
  open();
  await settle();
  world.book.isAway = false;
  await world.pass(600);
  const other = world.node().call();
  await settle();

  expect(other.heard.outcome).toBe('goes on');
  expect(registrar.sent).toHaveLength(2);
});

it('stops refreshing while the store is away, and goes on when it is back', async () => {
  const { registrar, call, world } = setup();
  call();
  await settle();
  world.book.isAway = true;
  const { heard } = call('secret', 'other');
  await world.pass(60_000);
  expect(registrar.sent).toHaveLength(1);
  expect(heard.outcome).toBe('SIP_REGISTER_TIMEOUT');

  world.book.isAway = false;
  await world.pass(2_000);
  expect(registrar.sent.length).toBeGreaterThan(1);
});
