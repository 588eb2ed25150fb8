import type { Clock, Logger, Service, Timer, Timers } from '#foundation';
import { canBroadcast } from '#domain';
import type {
  Admission,
  CallId,
  CallLedger,
  CallQueue,
  ClaimedCall,
  NodeDrain,
  NodeId,
  NodeRefusal,
} from '#domain';
import { Lease } from './lease.ts';
import type { CallSession } from './call-session.ts';

const RENEW_MS = 2_000;
const FENCE_CHECK_MS = 200;

/** Whether the call was given back or has ended, and the session only says good-bye: the lease went with it. */
const hasLeft = ({ state }: Pick<CallSession, 'state'>): boolean =>
  state === 'queued' || state === 'ended';

/** What the roster needs of a session. */
export type RosterSession = Pick<
  CallSession,
  | 'id'
  | 'appKey'
  | 'epoch'
  | 'state'
  | 'lease'
  | 'done'
  | 'source'
  | 'start'
  | 'stop'
  | 'press'
  | 'mute'
  | 'hold'
  | 'transfer'
  | 'costUnits'
  | 'addOutput'
  | 'removeOutput'
  | 'retryOutput'
  | 'stats'
  | 'handOver'
  | 'fence'
>;

/** What a roster works with. */
export interface RosterOptions {
  readonly node: NodeId;
  /** What this node may carry; told of every call that comes and goes. */
  readonly admission: Admission;
  readonly ledger: CallLedger;
  readonly queue: CallQueue;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly openSession: (call: ClaimedCall, lease: Lease) => RosterSession;
}

/**
 * The calls of this node: takes them, renews their leases in one statement, fences those it has lost.
 * The only owner of the map of sessions; a session leaves it when it is done.
 */
export class CallRoster implements Service {
  readonly #options: RosterOptions;
  readonly #sessions = new Map<CallId, RosterSession>();
  readonly #claims = new Set<Promise<boolean>>();
  #isStopping = false;
  #isDrained = false;
  #timers: Timer[] = [];
  #isRenewing = false;
  #hearChange: () => void = () => undefined;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { timers } = this.#options;
    this.#isStopping = false;
    this.#timers = [
      timers.every(RENEW_MS, () => void this.#renew()),
      timers.every(FENCE_CHECK_MS, () => this.#fenceExpired()),
    ];
    return Promise.resolve();
  }

  /** Gives every call back to the queue, for the other nodes. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // A claim under way may yet bring a call.
    await Promise.allSettled(this.#claims);
    await Promise.all([...this.#sessions.values()].map((session) => this.#handOver(session)));
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** All of them, as they are now. */
  get sessions(): Iterable<RosterSession> {
    return this.#sessions.values();
  }

  /** Why no call is taken now; undefined while there is room for one. */
  get refusal(): Exclude<NodeRefusal, 'signallingLost'> | undefined {
    const { admission, clock } = this.#options;
    if (this.#isStopping || this.#isDrained) return 'draining';
    return admission.refusal(this.#claims.size, clock.nowMicros());
  }

  /** Does what an operator asks of the node: no call is taken, and with `handOver` those that are here go on elsewhere. */
  drain(asked: NodeDrain | null): void {
    const isDrained = asked !== null;
    const hasChanged = isDrained !== this.#isDrained;
    this.#isDrained = isDrained;
    if (hasChanged) this.#hearChange();
    if (asked !== 'handOver') return;
    for (const session of this.#sessions.values()) {
      const isHere = !hasLeft(session) && canBroadcast(session.state);
      if (isHere) void this.#handOver(session);
    }
  }

  /** The load has been measured: there may be room now, or none any more. */
  reconsider(): void {
    this.#hearChange();
  }

  /** `hear` runs whenever there may be room, or none any more. */
  onChange(hear: () => void): void {
    this.#hearChange = hear;
  }

  find(id: CallId): RosterSession | undefined {
    return this.#sessions.get(id);
  }

  /** The outputs of a call have changed, and with them what it costs. */
  reweigh(session: RosterSession): void {
    this.#options.admission.change(session.id, session.costUnits);
    this.#hearChange();
  }

  /** Takes the lease of a call and starts to run it; false when it is not to be had. */
  async take(id: CallId, epoch: number): Promise<boolean> {
    if (this.#isStopping) return false;
    const claim = this.#claim(id, epoch);
    this.#claims.add(claim);
    try {
      return await claim;
    } finally {
      this.#claims.delete(claim);
    }
  }

  async #claim(id: CallId, epoch: number): Promise<boolean> {
    const { ledger, clock, node } = this.#options;
    const sentMicros = clock.nowMicros();
    const call = await ledger.claim(id, epoch, node);
    if (call === null) return false;
    this.#add(call, new Lease(clock, sentMicros));
    return true;
  }

  #add(call: ClaimedCall, lease: Lease): void {
    const { admission, clock, openSession } = this.#options;
    const session = openSession(call, lease);
    this.#sessions.set(session.id, session);
    admission.take(session.id, session.costUnits, clock.nowMicros());
    this.#hearChange();
    void session.done.then(() => {
      // The call may have come back to this node while the session before was still saying good-bye.
      if (this.#sessions.get(session.id) !== session) return;
      this.#sessions.delete(session.id);
      admission.release(session.id);
      this.#hearChange();
    });
    session.start();
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing || this.#sessions.size === 0) return;
    this.#isRenewing = true;
    const { ledger, clock, node, logger } = this.#options;
    const asked = [...this.#sessions.values()].filter((session) => !hasLeft(session));
    const sentMicros = clock.nowMicros();
    try {
      const held = await ledger.renew(node, new Set(asked.map((session) => session.id)));
      for (const session of asked) {
        if (held.has(session.id)) session.lease.extend(sentMicros);
        else if (this.#sessions.has(session.id) && !hasLeft(session)) this.#fence(session);
      }
    } catch (error) {
      logger.warn('lease.renewal_failed', { error: String(error) });
    } finally {
      this.#isRenewing = false;
    }
  }

  async #handOver(session: RosterSession): Promise<void> {
    const { queue, logger } = this.#options;
    await session.handOver();
    if (session.state !== 'queued') return;
    try {
      await queue.enqueueDial({ callId: session.id, epoch: session.epoch });
    } catch (error) {
      // The reconciler of another node brings the job.
      logger.warn('call.enqueue_failed', { callId: session.id, error: String(error) });
    }
  }

  #fenceExpired(): void {
    for (const session of this.#sessions.values()) {
      if (!session.lease.isHeld()) this.#fence(session);
    }
  }

  /** Once: the session may take a while to be done. A good-bye that outlasts its lease is cut short without a word. */
  #fence(session: RosterSession): void {
    if (session.lease.isRevoked) return;
    if (!hasLeft(session)) this.#options.logger.error('lease.lost', { callId: session.id });
    session.lease.revoke();
    session.fence();
  }
}
