import { Fault } from '#domain';
import type { Dialer, DialRequest, Leg, LegObserver, Prober, Registrar } from '#domain';
import type { Clock, Logger, RandomSource, Service, Timer, Timers } from '#foundation';
import { sendBye } from './bye.ts';
import type { ControlAddress, ControlConnection } from './control-connection.ts';
import { ControlError } from './control-error.ts';
import { ControlLink } from './control-link.ts';
import { DrachtioLeg } from './drachtio-leg.ts';
import type { Remains } from './drachtio-leg.ts';
import { DrachtioProber } from './drachtio-prober.ts';
import { DrachtioRegistrar } from './drachtio-registrar.ts';
import { checkRequest } from './invite-headers.ts';

/** What a DrachtioDialer needs. */
export interface DrachtioDialerOptions {
  readonly url: ControlAddress;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  /** For the answers to challenges. */
  readonly random: RandomSource;
  /** From one ping to the next; a frozen server is noticed within four times that. Default: 1200. */
  readonly heartbeatMs?: number;
}

/** 4.8 s until a frozen server is noticed, from its last word. */
const HEARTBEAT_MS = 1200;
const ORPHAN_MS = 2000;
/** How many lost dialogs are hung up at a time after a reconnect. */
const SWEEP_WIDTH = 20;
/** How long the last answers of a leg are waited for. */
const LAST_WORDS_MS = 2000;
/** Lost dialogs beyond this number are left to the session timers of the far end. */
const MAX_REMAINS = 5000;

/**
 * Places calls through a drachtio server with drachtio-srf.
 *
 * @remarks
 * Owns the registry of live legs: a leg is in it from `dial` to its `ended`. When the control connection is lost
 * every leg ends with SIP_SIGNALLING_LOST, and what it left behind is hung up after the reconnect, because the server
 * keeps the dialogs while nobody hears their BYE any more.
 */
export class DrachtioDialer implements Dialer, Service {
  readonly #options: DrachtioDialerOptions;
  readonly #link: ControlLink;
  readonly #registrar: DrachtioRegistrar;
  /** Asks by OPTIONS over the same connection. */
  readonly prober: Prober;
  readonly #legs = new Set<DrachtioLeg>();
  /** Those whose INVITE was sent, by Call-ID, and for a moment those that have ended: their last answers are heard. */
  readonly #named = new Map<string, DrachtioLeg>();
  readonly #lastWords = new Set<Timer>();
  #remains: Remains[] = [];
  #isStopping = false;

  constructor(options: DrachtioDialerOptions) {
    this.#options = options;
    const connection = (): ControlConnection | undefined =>
      this.isConnected ? this.#link.current : undefined;
    this.#registrar = new DrachtioRegistrar({ ...options, connection });
    this.prober = new DrachtioProber({ ...options, connection });
    this.#link = new ControlLink({
      address: options.url,
      logger: options.logger,
      timers: options.timers,
      heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
      onUp: (up) => {
        void this.#sweep(up);
        this.#registrar.connected();
      },
      onDown: () => this.#lost(),
      onOverheard: (message) => {
        const leg = this.#named.get(message.sipCallId);
        leg?.overhear(message);
        return leg !== undefined;
      },
    });
  }

  get isConnected(): boolean {
    return !this.#isStopping && this.#link.current !== undefined;
  }

  /** Registers over the same connection. */
  get registrar(): Registrar {
    return this.#registrar;
  }

  /** How many legs have not ended. */
  get legCount(): number {
    return this.#legs.size;
  }

  /** Resolves when calls can be placed. @throws Fault as `ControlLink.start`. */
  async start(): Promise<void> {
    this.#isStopping = false;
    await this.#link.start();
  }

  /** Hangs up every leg, then disconnects: the other order would leave all calls up. At most 6 s. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#legs].map(async (leg) => await leg.hangUp('shutdown')));
    await this.#link.stop();
    this.#remains = [];
  }

  /**
   * Places a call; everything is reported to the observer, never before `dial` has returned.
   *
   * @throws BugError for a request that would break the control protocol or a SIP header.
   */
  dial(request: DialRequest, observer: LegObserver): Leg {
    checkRequest(request);
    const { clock, timers, logger, random } = this.#options;
    const leg = new DrachtioLeg({
      request,
      observer,
      clock,
      timers,
      logger,
      random,
      onNamed: (sipCallId) => void this.#named.set(sipCallId, leg),
      onOver: () => {
        this.#legs.delete(leg);
        this.#forgetSoon(leg);
      },
    });
    this.#legs.add(leg);
    queueMicrotask(() => leg.start(this.isConnected ? this.#link.current : undefined));
    return leg;
  }

  async endOrphan(dialogId: string): Promise<'ended' | 'unknown' | 'unreachable'> {
    const own = [...this.#legs].find((leg) => leg.dialogId === dialogId);
    if (own !== undefined) {
      await own.hangUp('orphan');
      return 'ended';
    }
    const connection = this.#link.current;
    if (connection === undefined) return 'unreachable';
    return await sendBye(connection, { dialogId, reason: 'orphan', timeoutMs: ORPHAN_MS });
  }

  #forgetSoon({ sipCallId }: DrachtioLeg): void {
    if (sipCallId === undefined || !this.#named.has(sipCallId)) return;
    const timer = this.#options.timers.after(LAST_WORDS_MS, () => {
      this.#named.delete(sipCallId);
      this.#lastWords.delete(timer);
    });
    this.#lastWords.add(timer);
  }

  /** Nothing more can be heard. */
  #hearNoMore(): void {
    this.#named.clear();
    for (const timer of this.#lastWords) timer.cancel();
    this.#lastWords.clear();
  }

  #lost(): void {
    const legs = [...this.#legs];
    this.#remains.push(...legs.flatMap((leg) => leg.remains ?? []));
    this.#remains.splice(MAX_REMAINS);
    const fault = new Fault('SIP_SIGNALLING_LOST', { detail: 'the control connection was lost' });
    for (const leg of legs) leg.abandon(fault);
    this.#hearNoMore();
  }

  async #sweep(connection: ControlConnection): Promise<void> {
    const remains = this.#remains;
    this.#remains = [];
    for (let at = 0; at < remains.length && connection.isUp; at += SWEEP_WIDTH) {
      const batch = remains.slice(at, at + SWEEP_WIDTH);
      await Promise.all(batch.map(async (left) => await endRemains(connection, left)));
    }
  }
}

async function endRemains(connection: ControlConnection, left: Remains): Promise<void> {
  const { txnId, ...parting } = left;
  // Nobody would acknowledge the 200 to an INVITE that was left ringing.
  if (txnId !== undefined && (await isCanceled(connection, txnId))) return;
  await sendBye(connection, { ...parting, reason: 'signalling was lost', timeoutMs: ORPHAN_MS });
}

/** Whether the server took a CANCEL; it refuses when the INVITE is over, with a dialog or without. */
async function isCanceled(connection: ControlConnection, txnId: string): Promise<boolean> {
  const options = { method: 'CANCEL', stackTxnId: txnId, headers: {} } as const;
  try {
    await connection.command('sip:placeholder', options, ORPHAN_MS);
    return true;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return false;
  }
}
