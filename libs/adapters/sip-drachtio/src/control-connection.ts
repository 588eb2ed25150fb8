import type { Socket } from 'node:net';
import type { Logger, Secret, Timer, Timers } from '#foundation';
import { ControlError, controlErrorOf } from './control-error.ts';
import { overheardIn } from './overheard.ts';
import type { Overheard } from './overheard.ts';
import { answersPings } from './server-version.ts';
import { captureSocket, fenceListeners } from './srf-fence.ts';
import { newSrf } from './srf-types.ts';
import type {
  SrfApi,
  SrfHeaders,
  SrfRequest,
  SrfRequestOptions,
  SrfResponse,
} from './srf-types.ts';

/** Where the signalling server takes control connections. Plain TCP: srf reconnects TLS links as plain ones. */
export interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: Secret;
}

/** Why a control connection ended. */
export type ControlEnd = 'closed' | 'lost' | 'refusedSecret' | 'silent' | 'garbled';

/** Hears about a connection: `onUp` at most once, then `onDown` exactly once, with what the socket said, if anything. */
export interface ControlEvents {
  onUp(): void;
  onDown(end: ControlEnd, problem: string | undefined): void;
  /** A SIP message was received or sent; says whether it belongs to anybody. Must not throw. */
  onOverheard(message: Overheard): boolean;
}

export interface ControlConnectionOptions extends ControlEvents {
  readonly address: ControlAddress;
  readonly logger: Logger;
  readonly timers: Timers;
  /** From one ping to the next; the server is dead when it says nothing after three of them. */
  readonly heartbeatMs: number;
}

const CONNECT_MS = 5000;
/** Dropping the connection ends every call: one late answer is no reason. */
const MAX_UNANSWERED = 3;
/** A transaction that the server has forgotten ends after 64 T1 = 32 s; later nothing can come. */
const LINGER_MS = 40_000;
/** No frame is that long; more without an end is garbage. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** How the server took a command. */
interface SendOutcome {
  onSent(request: SrfRequest): void;
  onError(error: ControlError): void;
}

/** A request that makes no dialog, a re-INVITE included, and how long it may take with everything. */
export interface InDialogRequest {
  readonly uri: string;
  readonly options: SrfRequestOptions;
  readonly timeoutMs: number;
  /** The headers to send it with once more, after a final response that asks for them; never throws. */
  readonly authorize?: ((response: SrfResponse) => SrfHeaders | undefined) | undefined;
  /** Of an INVITE: when it is cancelled because nobody has answered. */
  readonly cancelAfterMs?: number;
}

/** The transactions of one request and its retries, of which srf keeps notes. */
export interface RequestTrace {
  readonly callId: string;
  readonly txnIds: readonly string[];
  readonly requests: readonly SrfRequest[];
}

/**
 * One TCP connection to the signalling server with an Srf of its own, thrown away together.
 *
 * @remarks
 * What srf does on its own, and what is done about it here:
 * - An exception out of a handler leaves the frame in the buffer, to be handled again with each packet; an unknown
 *   frame type or a senseless length throws out of the socket. Both paths are fenced: see `#fence`.
 * - It reconnects by itself, every 255 ms after a wrong secret, with stale dialogs and as plain TCP where TLS was:
 *   its reconnecting is switched off and every connection starts with a fresh Srf. So listeners cannot add up either.
 * - Without an `error` listener the process dies: it is installed first.
 * - It does not notice a frozen server, for it ignores pongs: we ping and watch that anything at all comes back.
 * - Nothing that waits for an answer settles when the connection ends: `request` has a deadline and ends with it.
 * - A forgotten transaction stays in its maps: `forget` takes it out.
 */
export class ControlConnection {
  readonly #options: ControlConnectionOptions;
  readonly #srf: SrfApi = newSrf();
  readonly #waiting = new Set<(error: ControlError) => void>();
  readonly #lingering = new Map<string, Timer>();
  #socket: Socket | undefined;
  #deadline: Timer | undefined;
  #heartbeat: Timer | undefined;
  #isUp = false;
  #isDown = false;
  /** Pings that nothing has followed. */
  #unanswered = 0;
  /** Known before the socket closes: why we close it. */
  #end: ControlEnd = 'lost';
  #problem: string | undefined;

  constructor(options: ControlConnectionOptions) {
    this.#options = options;
  }

  get srf(): SrfApi {
    return this.#srf;
  }

  get isUp(): boolean {
    return this.#isUp && !this.#isDown && this.#socket?.writable === true;
  }

  /** Connects and shows the secret; the outcome is an event. Once. */
  open(): void {
    const { host, port, secret } = this.#options.address;
    const srf = this.#srf;
    srf.on('error', () => undefined); // Reported by the socket below; without a listener it would end the process.
    srf.on('connect', (error: unknown, _hostports: unknown, version: unknown) => {
      if (error instanceof Error) this.#drop('refusedSecret');
      else this.#authenticated(answersPings(version));
    });
    srf.on('close', () => this.#closed());
    this.#takeIncoming();
    this.#deadline = this.#options.timers.after(CONNECT_MS, () => {
      this.#drop('silent', `no answer in ${CONNECT_MS} ms: is that its plain TCP port?`);
    });
    this.#socket = captureSocket(() => {
      srf.connect({ host, port, secret: secret.reveal(), reconnect: { maxAttempts: 1 } });
    });
    this.#socket.on('error', (error) => {
      this.#problem = error.message;
    });
    this.#fence(this.#socket);
  }

  /** Ends the connection; `onDown` follows. */
  close(): void {
    this.#drop('closed');
  }

  #drop(end: ControlEnd, problem?: string): void {
    if (this.#isDown) return;
    this.#end = end;
    this.#problem = problem;
    // srf.disconnect() throws when there is no authenticated socket, and waits for the far side when there is one.
    this.#socket?.destroy();
  }

  /** Trunks ping with OPTIONS; without a handler they are answered with 503. New calls are not ours to take. */
  #takeIncoming(): void {
    this.#srf.options((_request, response) => response.send(200));
    this.#srf.invite((request, response) => {
      const isInDialog = /;\s*tag=/i.test(request.get('to') ?? '');
      response.send(isInDialog ? 481 : 403);
    });
  }

  #fence(socket: Socket): void {
    const { wp: wire } = this.#srf.app.client;
    fenceListeners(socket, 'data', (error) => {
      this.#options.logger.error('sip.control_garbled', { error: String(error) });
      this.#drop('garbled');
    });
    socket.on('data', () => {
      const unfinished = wire.mapIncomingMsg.get(socket)?.incomingMsg.length ?? 0;
      if (unfinished > MAX_FRAME_BYTES) this.#drop('garbled');
    });
    fenceListeners(wire, 'msg', (error) => {
      this.#options.logger.error('sip.frame_failed', { error: String(error) });
    });
    // Before srf, because a leg may end by the message; behind it once more, because a leg may begin by it.
    let unclaimed: Overheard | undefined;
    wire.prependListener('msg', (_socket: unknown, frame: string) => {
      const message = overheardIn(frame);
      const isClaimed = message === undefined || this.#options.onOverheard(message);
      unclaimed = isClaimed ? undefined : message;
    });
    wire.on('msg', () => {
      this.#unanswered = 0;
      if (unclaimed !== undefined) this.#options.onOverheard(unclaimed);
      unclaimed = undefined;
    });
  }

  #authenticated(hasPong: boolean): void {
    if (this.#isDown || this.#isUp || this.#socket?.destroyed === true) return;
    this.#isUp = true;
    this.#deadline?.cancel();
    const { timers, heartbeatMs, logger } = this.#options;
    if (hasPong) this.#heartbeat = timers.every(heartbeatMs, () => this.#beat());
    else logger.warn('sip.no_heartbeat', { detail: 'the signalling server answers no pings' });
    this.#options.onUp();
  }

  #beat(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    if (this.#unanswered >= MAX_UNANSWERED) {
      // After a stall of our own the pong may lie unread: it is read before setImmediate runs.
      setImmediate(() => {
        if (this.#unanswered >= MAX_UNANSWERED) this.#drop('silent', 'no answer to pings');
      });
      return;
    }
    this.#unanswered += 1;
    this.#srf.app.client.wp.send(socket, 'ping');
  }

  #closed(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#deadline?.cancel();
    this.#heartbeat?.cancel();
    for (const timer of this.#lingering.values()) timer.cancel();
    this.#lingering.clear();
    for (const fail of this.#waiting) fail(new ControlError('lost', 'the connection was lost'));
    this.#waiting.clear();
    this.#options.onDown(this.#end, this.#problem);
  }

  /** Sends a request and waits for its final response; that of an INVITE is acknowledged. @throws ControlError */
  async request(plan: InDialogRequest): Promise<SrfResponse> {
    const { uri, options, timeoutMs, authorize, cancelAfterMs } = plan;
    const trace = { callId: '', txnIds: [] as string[], requests: [] as SrfRequest[] };
    const cancel = (): void => trace.requests.at(-1)?.cancel({ headers: {} }, () => undefined);
    const patience =
      cancelAfterMs === undefined ? undefined : this.#options.timers.after(cancelAfterMs, cancel);
    try {
      return await this.#bounded(options.method, timeoutMs, (resolve, reject) => {
        const send = (headers: SrfHeaders): void => {
          this.#send(uri, { ...options, headers }, { onSent, onError: reject });
        };
        const onSent = (request: SrfRequest): void => {
          trace.txnIds.push(request.stackTxnId);
          trace.requests.push(request);
          request.on('response', (response: SrfResponse, acknowledge: () => void) => {
            if (response.status < 200) return;
            if (options.method === 'INVITE' && response.status < 300) acknowledge();
            const answers = authorize?.(response);
            if (answers === undefined) resolve(response);
            else send({ ...options.headers, ...answers });
          });
        };
        send({ ...options.headers });
      });
    } finally {
      patience?.cancel();
      this.#erase(trace);
    }
  }

  /** Sends a command and waits until the server has taken it. @throws ControlError */
  async command(uri: string, options: SrfRequestOptions, timeoutMs: number): Promise<void> {
    await this.#bounded<undefined>(options.method, timeoutMs, (resolve, reject) => {
      this.#send(uri, options, { onSent: () => resolve(undefined), onError: reject });
    });
  }

  /** Settles like `work`, but by the deadline or the end of the connection at the latest. */
  async #bounded<T>(
    what: string,
    timeoutMs: number,
    work: (resolve: (value: T) => void, reject: (error: ControlError) => void) => void,
  ): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const fail = (error: ControlError): void => {
        timer.cancel();
        this.#waiting.delete(fail);
        reject(error);
      };
      const timer = this.#options.timers.after(timeoutMs, () => {
        fail(new ControlError('timeout', `no answer to ${what} in ${timeoutMs} ms`));
      });
      const succeed = (value: T): void => {
        timer.cancel();
        this.#waiting.delete(fail);
        resolve(value);
      };
      this.#waiting.add(fail);
      work(succeed, fail);
    });
  }

  #send(uri: string, options: SrfRequestOptions, outcome: SendOutcome): void {
    if (!this.isUp) {
      outcome.onError(new ControlError('lost', 'there is no connection'));
      return;
    }
    try {
      this.#srf.request(uri, options, (error, request) => {
        if (error !== null) outcome.onError(controlErrorOf(error));
        else if (request !== undefined) outcome.onSent(request);
      });
    } catch (error) {
      outcome.onError(new ControlError('lost', String(error)));
    }
  }

  /** Takes the traces of an INVITE out of srf: at once, or after the time in which its answer may still come. */
  forget(trace: RequestTrace, mayBeAnswered: boolean): void {
    if (this.#isDown) return;
    this.#lingering.get(trace.callId)?.cancel();
    this.#lingering.delete(trace.callId);
    if (mayBeAnswered) {
      const timer = this.#options.timers.after(LINGER_MS, () => this.forget(trace, false));
      this.#lingering.set(trace.callId, timer);
    } else this.#erase(trace);
  }

  #erase(trace: RequestTrace): void {
    const agent = this.#srf.app.client;
    const state = this.#socket === undefined ? undefined : agent.mapServer.get(this.#socket);
    for (const txnId of trace.txnIds) state?.pendingSipRequests.delete(txnId);
    for (const request of trace.requests) request.removeAllListeners();
  }
}
