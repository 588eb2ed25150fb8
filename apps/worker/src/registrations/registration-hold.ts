import type { Clock } from '#foundation';
import type { NodeId, RegistrationBook, RegistrationClaim, RegistrationName } from '#domain';
import { Lease } from '../calls/lease.ts';

/** What a hold works with. */
export interface RegistrationHoldOptions {
  readonly name: RegistrationName;
  /** Address-of-record, for people. */
  readonly aor: string;
  readonly node: NodeId;
  readonly book: RegistrationBook;
  readonly clock: Clock;
}

/** A registration that was just taken. */
export interface TakenRegistration {
  readonly contactUser: string;
  /** What the owner before has registered. */
  readonly contact: string | null;
}

/** This node's right to register one address: taken, renewed by the desk, given up. */
export class RegistrationHold {
  readonly #options: RegistrationHoldOptions;
  #claim: RegistrationClaim | undefined;
  #lease: Lease | undefined;
  /** The claim was given up, for any other node. */
  #vacated: RegistrationClaim | undefined;

  constructor(options: RegistrationHoldOptions) {
    this.#options = options;
  }

  /** Whether this node may act as the owner now. */
  get isHeld(): boolean {
    return this.#lease?.isHeld() === true;
  }

  /** Whether there is a lease to be renewed. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** One try; `isRegistered` tells of another owner. @throws Fault of the store. */
  async take(): Promise<TakenRegistration | { readonly isRegistered: boolean }> {
    const { book, name, node, aor, clock } = this.#options;
    const sentMicros = clock.nowMicros();
    const found = await book.compete(name, node, aor);
    if (found.kind === 'others') return { isRegistered: found.isRegistered };
    this.#began(found.epoch, sentMicros);
    return { contactUser: found.contactUser, contact: found.contact };
  }

  #began(epoch: number, sentMicros: number): void {
    const { name, node, clock } = this.#options;
    this.#claim = { name, node, epoch };
    this.#lease = new Lease(clock, sentMicros);
    this.#vacated = undefined;
  }

  /** Tells all nodes; false when this one is fenced off. @throws Fault of the store. */
  async recordGrant(expiresSeconds: number, contact: string | null): Promise<boolean> {
    const { book } = this.#options;
    const isMine =
      this.#claim !== undefined &&
      (await book.recordGrant(this.#claim, { expiresSeconds, contact }));
    if (!isMine) this.drop();
    return isMine;
  }

  /** Another node may own it by now. */
  drop(): void {
    this.#lease?.revoke();
    this.#lease = undefined;
    this.#claim = undefined;
  }

  /** Leaves it to any other node. @throws Fault of the store, which then waits for the lease to run out. */
  async vacate(): Promise<void> {
    const claim = this.#claim;
    this.drop();
    if (claim === undefined) return;
    await this.#options.book.vacate(claim);
    this.#vacated = claim;
  }

  /** Takes back what was left, if nobody else has had it. @throws Fault of the store. */
  async reclaim(): Promise<boolean> {
    const { book, clock } = this.#options;
    if (this.#vacated === undefined) return false;
    const sentMicros = clock.nowMicros();
    const epoch = await book.reclaim(this.#vacated);
    this.#vacated = undefined;
    if (epoch === null) return false;
    this.#began(epoch, sentMicros);
    return true;
  }

  /** The binding is gone. @throws Fault of the store. */
  async remove(): Promise<void> {
    const claim = this.#claim;
    this.drop();
    if (claim !== undefined) await this.#options.book.remove(claim);
  }
}
