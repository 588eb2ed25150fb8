import type { Clock, Logger, RandomSource, Timer, Timers } from '#foundation';
import { Fault, REGISTER_SECONDS, isFinalRefusal, longerExpiresSeconds } from '#domain';
import type { Binding, RegisterOutcome, Registrar, SipAccount } from '#domain';
import type { RegistrationHold } from './registration-hold.ts';
import { RegistrationTerm } from './registration-term.ts';
import { RegistrationUsers } from './registration-users.ts';
import type { Login } from './registration-users.ts';

/** What a keeper works with. */
export interface RegistrationKeeperOptions {
  readonly account: Omit<SipAccount, 'auth'>;
  readonly hold: RegistrationHold;
  readonly registrar: Registrar;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Nothing is left to be kept; there may be calls again by then. */
  readonly onIdle: () => void;
}

/** How long a call waits; less than its deadline in `claimed`. */
const WAIT_MS = 12_000;
/** Until another owner is looked at again: while a call waits, and to take over when it dies. */
const POLL_MS = 500;
const WATCH_MS = 1_000;
/** For how long the binding is kept when the last call has gone: the next may follow. */
const LINGER_MS = 3_000;
/** Longer than a node with calls of its own takes to notice that there is no owner. */
const OFFER_MS = 1_500;
/** After a reconnect the refreshes of a node are spread over this time. */
const SPREAD_MS = 2_000;

/** A binding and the login it was made with. */
interface Bound {
  readonly binding: Binding;
  readonly login: Login;
  readonly contactUser: string;
}

/**
 * Keeps one address registered for the calls of this node, or watches another node doing it.
 *
 * @remarks
 * One step after the other, each decided anew by what is the case: without calls the registration is parted from; with
 * calls it is competed for, registered, refreshed. An owner that cannot register gives it up, so that the calls of
 * another node get their own verdict with their own logins; what a registrar has said of one login is not passed on.
 */
export class RegistrationKeeper {
  readonly hold: RegistrationHold;
  readonly #options: RegistrationKeeperOptions;
  readonly #users: RegistrationUsers;
  readonly #term: RegistrationTerm;
  #timer: Timer | undefined;
  #isWorking = false;
  /** How often there was something to be looked at. */
  #pokes = 0;
  #isStopping = false;
  #isAbandoned = false;
  /** While there are no calls: the binding is kept for the next one, then offered to the other nodes. */
  #parting: 'no' | 'lingering' | 'offered' = 'no';
  #partAtMicros = 0;

  #contactUser = '';
  /** What an owner before us has left at the registrar, and what we have last registered there. */
  #leftContact: string | null = null;
  #ownContact: string | null = null;
  #bound: Bound | undefined;
  /** The registrar may know our Contact. */
  #mayBeBound = false;
  #askSeconds = REGISTER_SECONDS;

  constructor(options: RegistrationKeeperOptions) {
    this.#options = options;
    this.hold = options.hold;
    this.#term = new RegistrationTerm(options);
    this.#users = new RegistrationUsers(options.timers);
  }

  /** No call needs it. */
  get isUnused(): boolean {
    return this.#users.size === 0;
  }

  /**
   * Resolves when the address is registered, or when `until` is over first; until then it is kept so.
   * @throws Fault SIP_REGISTER_REFUSED, SIP_REGISTER_TIMEOUT, SIP_REGISTRAR_DOWN, SIP_SIGNALLING_LOST.
   */
  async register(login: Login, until: Promise<void>): Promise<void> {
    const user = this.#users.add(login, WAIT_MS, () => this.#lateFault());
    // A refresh under way may take long and fail: what is granted holds until then.
    if (this.#isGranted && this.#parting === 'no') this.#users.settle();
    void until.then(() => {
      this.#users.remove(user);
      this.poke();
    });
    this.poke();
    await user.ready;
  }

  /** The signalling server is there again, perhaps another one: it may have forgotten connections and addresses. */
  reconnected(): void {
    this.#term.hurry(SPREAD_MS);
    this.poke();
  }

  /** Another node may own the registration by now. */
  lost(): void {
    this.#options.logger.warn('registration.fenced');
    this.hold.drop();
    this.poke();
  }

  /** Parts from the registration without lingering; `onIdle` follows. */
  stop(): void {
    this.#isStopping = true;
    this.#users.clear();
    if (this.#parting === 'lingering') this.#partAtMicros = 0;
    this.poke();
  }

  /** Leaves everything as it is. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#timer?.cancel();
  }

  /** Looks at what is the case, now or after the step under way. */
  poke(): void {
    this.#pokes += 1;
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    this.#timer?.cancel();
    let delayMs: number | undefined;
    let seen: number;
    do {
      seen = this.#pokes;
      try {
        delayMs = await this.#step();
      } catch (error) {
        // The store is away; the lease runs out by itself.
        this.#options.logger.warn('registration.step_failed', { error: String(error) });
        delayMs = POLL_MS;
      }
    } while ((delayMs === 0 || seen !== this.#pokes) && !this.#isAbandoned);
    this.#isWorking = false;
    if (delayMs !== undefined && !this.#isAbandoned)
      this.#timer = this.#options.timers.after(delayMs, () => this.poke());
  }

  get #nowMicros(): number {
    return this.#options.clock.nowMicros();
  }

  /** One step; milliseconds until the next, undefined for when something happens. */
  async #step(): Promise<number | undefined> {
    if (this.isUnused) return await this.#part();
    this.#parting = 'no';
    const idleMs = this.#idleMs();
    if (idleMs > 0) return idleMs;
    const login = this.#users.nextLogin(this.#bound?.login);
    if (login === undefined || !this.#options.registrar.isConnected) {
      await this.hold.vacate();
      return undefined;
    }
    if (!this.hold.isHeld) {
      const watchMs = await this.#compete();
      if (watchMs !== undefined) return watchMs;
    }
    await this.#register(login);
    return 0;
  }

  get #isGranted(): boolean {
    return this.hold.isHeld && this.#term.isGranted;
  }

  /** For how long there is nothing to do. A call that waits does not wait for a back-off. */
  #idleMs(): number {
    if (this.#isGranted) {
      this.#users.settle();
      return this.#term.refreshInMs;
    }
    return this.#users.isAnyWaiting ? 0 : this.#term.retryInMs;
  }

  #msUntil(micros: number): number {
    return Math.max(0, Math.ceil((micros - this.#nowMicros) / 1000));
  }

  /** Undefined when the registration is ours now, else when to look again. */
  async #compete(): Promise<number | undefined> {
    const found = await this.hold.take();
    if ('isRegistered' in found) {
      if (found.isRegistered) this.#users.settle();
      return this.#users.isAnyWaiting ? POLL_MS : WATCH_MS;
    }
    this.#contactUser = found.contactUser;
    this.#leftContact = found.contact;
    this.#term.end();
    return undefined;
  }

  async #register(login: Login): Promise<void> {
    const { binding } = this.#bind(login);
    await this.#removeLeft(binding);
    const sentMicros = this.#nowMicros;
    const outcome = await this.#ask(binding);
    if (outcome.kind === 'failed') {
      await this.#failed(outcome, login);
      return;
    }
    const { expiresSeconds, contact } = outcome;
    this.#mayBeBound = true;
    this.#ownContact = contact;
    // What the other nodes have not been told is asked for again: their calls wait for it.
    if (!(await this.hold.recordGrant(expiresSeconds, contact))) return;
    this.#term.grant(expiresSeconds, sentMicros);
    this.#options.logger.info('registration.granted', { expiresSeconds });
    this.#users.settle();
  }

  /** The same binding for as long as it is the same Contact and login: Call-ID and nonce go on. */
  #bind(login: Login): Bound {
    const { registrar, account } = this.#options;
    const contactUser = this.#contactUser;
    const before = this.#bound;
    if (before?.login === login && before.contactUser === contactUser) return before;
    const binding = registrar.bind({ ...account, auth: login }, contactUser);
    this.#bound = { binding, login, contactUser };
    return this.#bound;
  }

  /** Sends REGISTER; a 423 is followed once, and what it asked for is kept. */
  async #ask(binding: Binding): Promise<RegisterOutcome> {
    const outcome = await binding.register(this.#askSeconds);
    if (outcome.kind === 'registered') return outcome;
    const longer = longerExpiresSeconds(this.#askSeconds, outcome.minExpiresSeconds);
    if (longer === null) return outcome;
    this.#askSeconds = longer;
    return await binding.register(longer);
  }

  async #failed(
    outcome: Extract<RegisterOutcome, { kind: 'failed' }>,
    login: Login,
  ): Promise<void> {
    const { logger } = this.#options;
    const { fault, status, retryAfterSeconds } = outcome;
    const { code, detail } = fault;
    logger.warn(this.#mayBeBound ? 'registration.lost' : 'registration.failed', { code, detail });
    this.#term.end();
    if (isFinalRefusal(status)) {
      this.#users.refuse(login, fault);
      if (this.#users.nextLogin(undefined) !== undefined) return;
    } else if (code !== 'SIP_SIGNALLING_LOST') {
      this.#term.postpone(retryAfterSeconds);
      this.#users.fail(fault);
    }
    await this.hold.vacate();
  }

  /** Takes off the Contact of the owner before, first: some registrars allow only one. */
  async #removeLeft(binding: Binding): Promise<void> {
    const left = this.#leftContact;
    this.#leftContact = null;
    if (left !== null && left !== this.#ownContact) await binding.remove(left);
  }

  #lateFault(): Fault {
    return this.#options.registrar.isConnected
      ? new Fault('SIP_REGISTER_TIMEOUT', { detail: `not registered within ${WAIT_MS} ms` })
      : new Fault('SIP_SIGNALLING_LOST', { detail: 'no signalling server to register through' });
  }

  /** The last call has gone: the binding is kept for a while, offered to the other nodes, then taken off. */
  async #part(): Promise<number | undefined> {
    if (this.#parting === 'no') {
      this.#parting = 'lingering';
      const isKept = this.hold.isHeld && !this.#isStopping;
      this.#partAtMicros = this.#nowMicros + (isKept ? LINGER_MS * 1000 : 0);
    }
    const waitMs = this.#msUntil(this.#partAtMicros);
    if (waitMs > 0) return waitMs;
    if (this.#parting === 'lingering') {
      this.#parting = 'offered';
      this.#partAtMicros = this.#nowMicros + (this.#mayBeBound ? OFFER_MS * 1000 : 0);
      await this.hold.vacate();
      return this.#msUntil(this.#partAtMicros);
    }
    if (await this.hold.reclaim()) await this.#unregister();
    this.#parting = 'no';
    this.#mayBeBound = false;
    this.#bound = undefined;
    this.#options.onIdle();
    return undefined;
  }

  async #unregister(): Promise<void> {
    if (this.#mayBeBound && this.#bound !== undefined) {
      await this.#bound.binding.remove();
      this.#options.logger.info('registration.removed');
    }
    await this.hold.remove();
  }
}
