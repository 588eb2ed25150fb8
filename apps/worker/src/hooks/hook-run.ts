import { disabledDelivery } from '#contracts';
import { HOOK_FAILING_MS } from '#domain';
import type { ClaimedLanes, HookId, HookLane, HookStore, LaneResult } from '#domain';
import type { Logger, Timers } from '#foundation';
import { runLane } from './lane-run.ts';
import type { LaneOutcome, LaneTools } from './lane-run.ts';

/** Deliveries of a lane in one claim. */
const PER_LANE = 16;
/** Requests to one endpoint at the same time. */
const IN_WORK = 64;
/** To one from which nothing but failures comes: it is not to hold what others need. */
const IN_WORK_FAILING = 4;
/** Lanes that are leased at once where answers come quickly: most of them wait here, since claims cost. */
const MAX_LEASED = 512;
/** Quick is where all lanes of a claim are done by then. */
const QUICK_MS = 1_000;
/** What comes up meanwhile is seen after that, at the latest. */
const LOOK_AGAIN_MS = 200;
/** Results are kept for so long while they cannot be written: most leases have run out then. */
const SETTLING_MS = 20_000;
const SETTLE_AGAIN_MS = 250;
/** Then the job ends, and what is left gets another one: workers share the hooks. */
const BUDGET_MS = 20_000;

/** What the work on a hook is done with. */
export interface HookRunTools extends Omit<LaneTools, 'isStopped'> {
  readonly store: Pick<HookStore, 'claimLanes' | 'settleLanes' | 'noteHealth' | 'disableHook'>;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly onSettled: (result: LaneResult) => void;
  /** How many requests this process may begin now. */
  readonly room: () => number;
}

/** A lane, and what it was claimed with. */
interface LeasedLane {
  readonly claim: { readonly claimed: ClaimedLanes; readonly atMs: number; left: number };
  readonly lane: HookLane;
}

/** Delivers what is due for one hook: lanes side by side, each in its order, until nothing is due or its time is over. */
export class HookRun {
  readonly #id: HookId;
  readonly #tools: HookRunTools;
  readonly #untilMs: number;
  readonly #waiting: LeasedLane[] = [];
  /** Lanes that are leased to us, and those of them that are being told. */
  #leased = 0;
  #hasClaimed = false;
  #inWork = 0;
  #limit = IN_WORK;
  #maxLeased = IN_WORK;
  #results: LaneResult[] = [];
  #settling: Promise<void> | undefined;
  #failingSince: Date | null = null;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(id: HookId, tools: HookRunTools) {
    this.#id = id;
    this.#tools = tools;
    this.#untilMs = this.#nowMs + BUDGET_MS;
  }

  /** Requests that are under way. */
  get inWork(): number {
    return this.#inWork;
  }

  /** Whether there was anything to deliver. */
  get hasClaimed(): boolean {
    return this.#hasClaimed;
  }

  /** Sends nothing new. */
  stop(): void {
    this.#isOver = true;
    this.#beginLanes();
    this.#wake?.();
  }

  /** @throws What the store throws; leases that were taken run out then. */
  async run(): Promise<void> {
    try {
      while (!this.#isOver && this.#nowMs < this.#untilMs) {
        const claimed = await this.#claim();
        if (claimed !== null) this.#take(claimed);
        else if (this.#leased === 0) break;
        else await this.#untilProgress();
      }
    } finally {
      this.stop();
      while (this.#leased > 0) await this.#untilProgress();
      await this.#settling;
    }
  }

  get #nowMs(): number {
    return this.#tools.clock.nowMicros() / 1000;
  }

  /** Null where there is no room for more, or nothing is due. */
  async #claim(): Promise<ClaimedLanes | null> {
    const lanes = this.#maxLeased - this.#leased;
    // Fewer are not worth a claim while there is something to do.
    if (this.#leased > 0 && lanes < this.#maxLeased / 4) return null;
    const bounds = { lanes, perLane: PER_LANE, inWork: this.#maxLeased };
    return await this.#tools.store.claimLanes(this.#id, bounds);
  }

  #take(claimed: ClaimedLanes): void {
    this.#setHealth(claimed.hook.failingSince);
    this.#leased += claimed.lanes.length;
    this.#hasClaimed = true;
    const claim = { claimed, atMs: this.#nowMs, left: claimed.lanes.length };
    for (const lane of claimed.lanes) this.#waiting.push({ claim, lane });
    this.#beginLanes();
  }

  #setHealth(failingSince: Date | null): void {
    this.#failingSince = failingSince;
    this.#limit = failingSince === null ? IN_WORK : IN_WORK_FAILING;
    if (failingSince !== null) this.#maxLeased = IN_WORK_FAILING;
    else if (this.#maxLeased < IN_WORK) this.#maxLeased = IN_WORK;
  }

  /** Those that wait, as far as there is room; when it is over they go back at once. */
  #beginLanes(): void {
    const { room } = this.#tools;
    while (this.#isOver || (this.#inWork < this.#limit && room() > 0)) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inWork += 1;
      void this.#deliver(next);
    }
  }

  async #deliver({ claim, lane }: LeasedLane): Promise<void> {
    const isStopped = (): boolean => this.#isOver;
    const outcome = await runLane(claim, lane, { ...this.#tools, isStopped });
    this.#inWork -= 1;
    claim.left -= 1;
    if (claim.left === 0) this.#adapt(this.#nowMs - claim.atMs);
    this.#results.push(outcome.result);
    this.#tools.onSettled(outcome.result);
    this.#settling ??= this.#settleAll();
    this.#beginLanes();
    await this.#note(outcome).catch((error: unknown) => this.#warn(error));
  }

  #adapt(tookMs: number): void {
    if (this.#failingSince !== null) return;
    this.#maxLeased = tookMs <= QUICK_MS ? Math.min(MAX_LEASED, 2 * this.#maxLeased) : IN_WORK;
  }

  /** What comes while a batch is written makes the next one. */
  async #settleAll(): Promise<void> {
    while (this.#results.length > 0) {
      const batch = this.#results;
      this.#results = [];
      await this.#settle(batch);
      this.#leased -= batch.length;
      this.#wake?.();
    }
    this.#settling = undefined;
  }

  /** Tries again while the store is away. What cannot be written is told again when its lease has run out. */
  async #settle(batch: readonly LaneResult[]): Promise<void> {
    const { store, timers } = this.#tools;
    const untilMs = this.#nowMs + SETTLING_MS;
    for (let tries = 0; this.#nowMs < untilMs; tries += 1) {
      try {
        await store.settleLanes(this.#id, batch);
        return;
      } catch (error) {
        if (tries === 0) this.#warn(error);
      }
      await new Promise<void>((resolve) => void timers.after(SETTLE_AGAIN_MS, resolve));
    }
  }

  #warn(error: unknown): void {
    this.#tools.logger.warn('hooks.settle_failed', { hookId: this.#id, error: String(error) });
  }

  async #note({ hasWorked, isGone }: LaneOutcome): Promise<void> {
    if (isGone) {
      await this.#disable('gone');
      return;
    }
    if (hasWorked === undefined || (hasWorked && this.#failingSince === null)) return;
    const { store, clock } = this.#tools;
    if (hasWorked || this.#failingSince === null) {
      // At once: of all that come back now one is to write it.
      this.#setHealth(hasWorked ? null : new Date(clock.wallMs()));
      this.#failingSince = await store.noteHealth(this.#id, hasWorked);
    }
    const since = this.#failingSince?.getTime() ?? Infinity;
    if (clock.wallMs() - since >= HOOK_FAILING_MS) await this.#disable('failing');
  }

  async #disable(reason: 'gone' | 'failing'): Promise<void> {
    this.stop();
    if (!(await this.#tools.store.disableHook(this.#id, reason, disabledDelivery))) return;
    this.#tools.logger.warn('hooks.disabled', { hookId: this.#id, reason });
  }

  /** Until something is settled, or a moment has passed in which more may have come. */
  async #untilProgress(): Promise<void> {
    const { timers } = this.#tools;
    await new Promise<void>((resolve) => {
      const timer = timers.after(LOOK_AGAIN_MS, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
