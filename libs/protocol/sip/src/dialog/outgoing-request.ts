import type { Timer, Timers } from '#foundation';
import type {
  Located,
  LookupProblem,
  RouteFinder,
  RouteProblem,
} from '../location/route-finder.ts';
import { buildSipMessage } from '../message/build-message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransactionHandlers } from '../transaction/client-transaction.ts';
import type { TransactionLayer } from '../transaction/layer.ts';
import type { SipTimerConfig } from '../transaction/timer-values.ts';
import type { Arrival, TransportPath } from '../transaction/transport-path.ts';
import { LeftTargets } from './left-targets.ts';
import type { Attempt, RunningAttempt } from './left-targets.ts';

/** What the sender of a request hears, beyond what its transaction says. */
export interface OutgoingHandlers extends Required<ClientTransactionHandlers> {
  /** There is no way to the next hop (its name is unknown, its URI unusable); nothing was sent. */
  unroutable(problem: RouteProblem | LookupProblem): void;
  /** A target that was given up for the next one has got the INVITE after all. May come after `terminated`. */
  late?(response: SipResponse, attempt: Attempt): void;
}

/** What an outgoing request works with. */
export interface OutgoingRequestOptions {
  readonly layer: TransactionLayer;
  readonly routes: RouteFinder;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  /** How long a target may be silent when there is another one, in milliseconds. */
  readonly nextTargetAfterMs: number;
  /** The request without a Via. */
  readonly unsent: SipRequest;
  readonly nextHop: string;
  /** The request as it goes along a path, with a Via of its own each time. */
  readonly stamp: (path: TransportPath) => SipRequest;
}

/** Loop Detected: the same request has come another way already (RFC 3261 section 8.2.2.2). */
const MERGED = 482;

/**
 * A request on its way: looks its next hop up and is one transaction at a time, with one target after the other, each
 * with a branch of its own (RFC 3263 section 4.3). The next target gets its turn when one
 *
 * - cannot be reached, or times out, before any response;
 * - has not said a word for `nextTargetAfterMs`: timer B would keep a call waiting for 32 s per dead host;
 * - answers 503, provisional responses before it or not.
 *
 * Any other final response is the answer. What the last target does is reported as if it were the only one.
 *
 * The first target to speak wins: one that was left for being silent, and was only slow, is returned to as long as the
 * one after it is silent too. So it is when the later one says that the request has come already (482): both are doors
 * of one system.
 */
export class OutgoingRequest {
  readonly #options: OutgoingRequestOptions;
  readonly #found: ReturnType<RouteFinder['find']>;
  #message: SipRequest;
  #path: TransportPath | undefined;
  #attempt: RunningAttempt | undefined;
  readonly #left: LeftTargets;
  #further: readonly TransportPath[] = [];
  #patience: Timer | undefined;
  #handlers: OutgoingHandlers | undefined;
  /** What is wrong with the TLS of a target says more than that the next one could not be reached either. */
  #tellingFailure: string | undefined;
  #isOver = false;

  constructor(options: OutgoingRequestOptions) {
    this.#options = options;
    this.#left = new LeftTargets(options);
    this.#message = options.unsent;
    this.#found = options.routes.find(options.nextHop);
    if (this.#found.kind === 'path') this.#choose([this.#found.path]);
  }

  /** The request as it is sent; without Via as long as the path is unknown. */
  get message(): SipRequest {
    return this.#message;
  }

  /** The path it goes; undefined as long as a name has to be looked up. */
  get path(): TransportPath | undefined {
    return this.#path;
  }

  /** Whether the request has been handed to a transaction. */
  get isSent(): boolean {
    return this.#attempt !== undefined;
  }

  /** Whether the target that the request is with now has said anything. */
  get isAnswered(): boolean {
    return this.#attempt?.isAnswered === true;
  }

  start(handlers: OutgoingHandlers): void {
    this.#handlers = handlers;
    const { routes, nextHop } = this.#options;
    if (this.#path !== undefined) this.#send(this.#path, handlers);
    else if (this.#found.kind === 'unusable') this.#giveUp(this.#found.problem, handlers);
    else {
      routes.resolve(nextHop, this.#callId, (located) => {
        if (!this.#isOver) this.#begin(located, handlers);
      });
    }
  }

  get #callId(): string {
    return this.#options.unsent.headers.get('Call-ID') ?? '';
  }

  #begin({ paths, problem = 'unknownName' }: Located, handlers: OutgoingHandlers): void {
    const first = this.#choose(paths);
    if (first === undefined) this.#giveUp(problem, handlers);
    else this.#send(first, handlers);
  }

  /** Takes the first of the paths; how long the request gets, and so which ones fit, is known only then. */
  #choose(paths: readonly TransportPath[]): TransportPath | undefined {
    const [usual] = paths;
    if (usual === undefined) return undefined;
    this.#take(usual);
    const { routes, nextHop } = this.#options;
    const sizeBytes = usual.transport === 'udp' ? buildSipMessage(this.#message).length : 0;
    const [first = usual, ...further] = routes.forSize(nextHop, paths, sizeBytes);
    this.#further = further;
    if (first !== usual) this.#take(first);
    return first;
  }

  #giveUp(problem: RouteProblem | LookupProblem, handlers: OutgoingHandlers): void {
    handlers.unroutable(problem);
    this.#end();
  }

  /** No further target is tried: the request is answered, or not, by the one that it is with. */
  stay(): void {
    this.#further = [];
    this.#patience?.cancel();
  }

  /** Ends the request without a word to the network; only `terminated` is reported. */
  abandon(): void {
    this.stay();
    this.#attempt?.transaction.abandon();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.stay();
    this.#handlers?.terminated();
  }

  #take(path: TransportPath): void {
    this.#path = path;
    this.#message = this.#options.stamp(path);
  }

  #send(path: TransportPath, handlers: OutgoingHandlers): void {
    const request = this.#message;
    const { layer, timers, nextTargetAfterMs } = this.#options;
    const isCurrent = (): boolean => this.#attempt === attempt;
    const transaction = layer.createClient(request, path, {
      response: (response, arrival) => {
        if (isCurrent() || this.#returnsTo(attempt, response)) {
          this.#receive(response, arrival, handlers);
        } else handlers.late?.(response, attempt);
      },
      timedOut: () => {
        if (isCurrent() && !this.#movesOnUnanswered(handlers)) handlers.timedOut();
      },
      transportFailed: (reason) => {
        if (!isCurrent()) return;
        if (reason.startsWith('TLS:')) this.#tellingFailure ??= reason;
        if (this.#movesOnUnanswered(handlers)) return;
        handlers.transportFailed(this.#tellingFailure ?? reason);
      },
      terminated: () => {
        this.#left.remove(attempt);
        if (isCurrent()) this.#end();
      },
    });
    const attempt: RunningAttempt = { request, path, transaction, isAnswered: false };
    this.#attempt = attempt;
    const [next] = this.#further;
    if (next !== undefined && !isByDatagrams(path, next)) {
      this.#patience = timers.after(nextTargetAfterMs, () => this.#forsake(attempt, handlers));
    }
    transaction.start();
  }

  #receive(response: SipResponse, arrival: Arrival, handlers: OutgoingHandlers): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    if (response.status === MERGED && this.#goesBack()) return;
    const isFirst = !attempt.isAnswered;
    attempt.isAnswered = true;
    this.#patience?.cancel();
    if (response.status === 503) {
      this.#noteFailure(attempt.path, retryAfterSeconds(response));
      if (this.#movesOn(handlers)) return;
    } else if (isFirst && this.#found.kind === 'name') {
      this.#options.routes.answered(attempt.path, this.#callId);
    }
    handlers.response(response, arrival);
  }

  /** The target cannot be had; true when the request goes to another one. */
  #movesOnUnanswered(handlers: OutgoingHandlers): boolean {
    if (this.#attempt === undefined || this.#attempt.isAnswered) return false;
    this.#noteFailure(this.#attempt.path);
    return this.#movesOn(handlers);
  }

  #noteFailure(path: TransportPath, restSeconds?: number): void {
    const isChosen =
      this.#found.kind === 'name' ||
      (this.#found.kind === 'path' && path.transport !== this.#found.path.transport);
    if (isChosen) this.#options.routes.failed(path, restSeconds);
  }

  #movesOn(handlers: OutgoingHandlers): boolean {
    const [next, ...further] = this.#further;
    if (next === undefined) return false;
    this.#patience?.cancel();
    this.#further = further;
    this.#take(next);
    this.#send(next, handlers);
    return true;
  }

  /** Leaves a silent target for the next one. */
  #forsake(attempt: RunningAttempt, handlers: OutgoingHandlers): void {
    this.#noteFailure(attempt.path);
    this.#left.add(attempt);
    this.#movesOn(handlers);
    attempt.transaction.forsake();
  }

  /** A target that was left has spoken; true when it is the one again, because the present one has not. */
  #returnsTo(attempt: RunningAttempt, { status }: SipResponse): boolean {
    const present = this.#attempt;
    const isLate = this.#isOver || present?.isAnswered !== false;
    if (isLate || status === 503 || status === MERGED || !this.#left.canWin(attempt)) {
      this.#left.refuse(attempt);
      return false;
    }
    this.#resume(attempt);
    this.#left.add(present);
    present.transaction.forsake();
    return true;
  }

  /** The present target has the request from one that was left: that one goes on with it. */
  #goesBack(): boolean {
    const earlier = this.#left.firstThatCanWin;
    if (earlier === undefined) return false;
    this.#resume(earlier);
    return true;
  }

  #resume(attempt: RunningAttempt): void {
    this.#patience?.cancel();
    this.#left.remove(attempt);
    this.#attempt = attempt;
    this.#path = attempt.path;
    this.#message = attempt.request;
  }
}

/**
 * Whether the next target is the same host and port, by UDP instead of a connection: over that it has got the request
 * or refuses it soon, and would only be called twice.
 */
const isByDatagrams = (path: TransportPath, next: TransportPath): boolean =>
  path.transport !== 'udp' &&
  next.transport === 'udp' &&
  next.address === path.address &&
  next.port === path.port;

/** What a 503 says about when to come back, in seconds (RFC 3261 section 20.33); undefined when it does not. */
function retryAfterSeconds({ headers }: SipResponse): number | undefined {
  const digits = /^\s*(\d{1,9})(?!\d)/.exec(headers.get('Retry-After') ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
