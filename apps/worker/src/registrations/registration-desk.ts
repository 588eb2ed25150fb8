import { DeadlineError, withDeadline } from '#foundation';
import type { Clock, Logger, RandomSource, Service, Timer, Timers } from '#foundation';
import { registrationName } from '#domain';
import type { NodeId, Registrar, RegistrationBook, RegistrationName, SipAccount } from '#domain';
import { RegistrationHold } from './registration-hold.ts';
import { RegistrationKeeper } from './registration-keeper.ts';
import { sipAccountOf } from './sip-account.ts';
import type { RegistrationNeed } from './sip-account.ts';

const RENEW_MS = 2_000;
/** All registrations are parted from at once: offered to other nodes, then taken off. */
const STOP_MS = 5_000;

/** What a desk works with. */
export interface RegistrationDeskOptions {
  readonly node: NodeId;
  readonly book: RegistrationBook;
  readonly registrar: Registrar;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/**
 * The registrations that calls of this node need, each with its keeper; their leases are renewed in one statement.
 * The only owner of the map of keepers; a keeper leaves it when it has nothing to keep.
 */
export class RegistrationDesk implements Service {
  readonly #options: RegistrationDeskOptions;
  readonly #keepers = new Map<RegistrationName, RegistrationKeeper>();
  #timer: Timer | undefined;
  #isRenewing = false;
  #hearEmpty: () => void = () => undefined;

  constructor(options: RegistrationDeskOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { registrar, timers } = this.#options;
    registrar.onConnected(() => {
      for (const keeper of this.#keepers.values()) keeper.reconnected();
    });
    this.#timer = timers.every(RENEW_MS, () => void this.#renew());
    return Promise.resolve();
  }

  /** Hands the registrations over, or takes them off where nobody wants them; 5 s at most. */
  async stop(): Promise<void> {
    const { timers, registrar } = this.#options;
    registrar.onConnected(() => undefined);
    const empty = new Promise<void>((resolve) => {
      this.#hearEmpty = resolve;
      if (this.#keepers.size === 0) resolve();
    });
    for (const keeper of this.#keepers.values()) keeper.stop();
    try {
      await withDeadline(timers, STOP_MS, 'parting from the registrations', empty);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
    }
    for (const keeper of this.#keepers.values()) keeper.abandon();
    this.#keepers.clear();
    this.#timer?.cancel();
  }

  /** How many addresses are looked after. */
  get size(): number {
    return this.#keepers.size;
  }

  /**
   * Resolves when the address of a call is registered, at once where it does not ask for that, and when `until` is over.
   * The address is kept registered until then. @throws Fault as RegistrationKeeper.register.
   */
  async register(need: RegistrationNeed, until: Promise<void>): Promise<void> {
    const account = sipAccountOf(need);
    if (account === undefined) return;
    const name = registrationName(need.record.appKey, account);
    const keeper = this.#keepers.get(name) ?? this.#newKeeper(name, account);
    await keeper.register(account.auth, until);
  }

  #newKeeper(name: RegistrationName, account: SipAccount): RegistrationKeeper {
    const aor = `${account.user}@${account.domain}`;
    const keeper = new RegistrationKeeper({
      ...this.#options,
      account,
      logger: this.#options.logger.child({ aor }),
      hold: new RegistrationHold({ ...this.#options, name, aor }),
      onIdle: () => {
        if (keeper.isUnused) this.#keepers.delete(name);
        if (this.#keepers.size === 0) this.#hearEmpty();
      },
    });
    this.#keepers.set(name, keeper);
    return keeper;
  }

  async #renew(): Promise<void> {
    const { book, node, clock, logger } = this.#options;
    const asked = [...this.#keepers].flatMap(([name, keeper]) => {
      const { lease } = keeper.hold;
      return lease === undefined ? [] : [{ name, keeper, lease }];
    });
    if (this.#isRenewing || asked.length === 0) return;
    this.#isRenewing = true;
    const sentMicros = clock.nowMicros();
    try {
      const held = await book.renew(
        node,
        asked.map(({ name }) => name),
      );
      for (const { name, keeper, lease } of asked) {
        if (held.has(name)) lease.extend(sentMicros);
        // It may have been given up meanwhile, and taken again.
        else if (keeper.hold.lease === lease) keeper.lost();
      }
    } catch (error) {
      logger.warn('registration.renewal_failed', { error: String(error) });
    } finally {
      this.#isRenewing = false;
    }
  }
}
