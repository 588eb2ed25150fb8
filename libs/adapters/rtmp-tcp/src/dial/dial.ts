import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Timer } from '#foundation';
import type { PublishOptions } from '../publish-contract.ts';
import { failureOfSocketError, RtmpFailure } from '../rtmp-failure.ts';
import { resolveTarget } from './resolve.ts';
import { startTls } from './start-tls.ts';

/** An address that has not answered gets company after so long: the Connection Attempt Delay of RFC 8305 section 5. */
const NEXT_ATTEMPT_MS = 250;
const DEFAULT_TIMEOUT_MS = 10_000;

/** A connection that stands. */
export interface DialledSocket {
  /** What is read from and written to. */
  readonly socket: Socket;
  /** The TCP connection under it; the same without TLS. */
  readonly tcp: Socket;
}

type DialOptions = Pick<
  PublishOptions,
  | 'target'
  | 'timers'
  | 'lookup'
  | 'checkAddress'
  | 'trust'
  | 'connectTimeoutMs'
  | 'stepTimeoutMs'
  | 'onStep'
>;

/** Tries the addresses of a target, several at a time if need be, until one of them takes the connection. */
export class Dial {
  readonly #options: DialOptions;
  readonly #over: (outcome: DialledSocket | RtmpFailure) => void;
  readonly #trying = new Set<Socket>();
  #untried: string[] = [];
  #failure: RtmpFailure | undefined;
  #deadline: Timer;
  #nextAttempt: Timer | undefined;
  #tls: TLSSocket | undefined;
  #isOver = false;

  /** @param over Told once, unless cancelled; never before the constructor has returned. */
  constructor(options: DialOptions, over: (outcome: DialledSocket | RtmpFailure) => void) {
    this.#options = options;
    this.#over = over;
    const { target, timers, lookup, checkAddress } = options;
    const timeoutMs = options.connectTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#deadline = timers.after(timeoutMs, () => this.#miss('RTMP_UNREACHABLE', timeoutMs));
    queueMicrotask(() => {
      if (this.#isOver) return;
      resolveTarget({ host: target.host, lookup, checkAddress }, (found) => {
        if (this.#isOver) return;
        if (found instanceof RtmpFailure) this.#finish(found);
        else {
          options.onStep?.('resolved', found.join(', '));
          this.#untried = [...found];
          this.#tryNext();
        }
      });
    });
  }

  /** Gives up; nothing is told any more. */
  cancel(): void {
    this.#isOver = true;
    this.#deadline.cancel();
    this.#nextAttempt?.cancel();
    this.#tls?.destroy();
    for (const socket of this.#trying) socket.destroy();
    this.#trying.clear();
  }

  #tryNext(): void {
    this.#nextAttempt?.cancel();
    const address = this.#untried.shift();
    if (address === undefined) return;
    const socket = new Socket();
    this.#trying.add(socket);
    socket.once('connect', () => this.#win(socket));
    socket.on('error', (error) => this.#lose(socket, failureOfSocketError(error, false)));
    socket.connect({ host: address, port: this.#options.target.port });
    if (this.#untried.length === 0) return;
    this.#nextAttempt = this.#options.timers.after(NEXT_ATTEMPT_MS, () => this.#tryNext());
  }

  #lose(socket: Socket, failure: RtmpFailure): void {
    if (!this.#trying.delete(socket) || this.#isOver) return;
    // The first word counts: the resolver's first choice says most.
    this.#failure ??= failure;
    if (this.#untried.length > 0) this.#tryNext();
    else if (this.#trying.size === 0) this.#finish(this.#failure);
  }

  #win(socket: Socket): void {
    if (this.#isOver) return;
    this.#nextAttempt?.cancel();
    this.#deadline.cancel();
    for (const other of this.#trying) if (other !== socket) other.destroy();
    this.#trying.clear();
    socket.removeAllListeners('error');
    const { target, timers, onStep, stepTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    onStep?.('connected', socket.remoteAddress ?? '');
    if (!target.secure) {
      this.#finish({ socket, tcp: socket });
      return;
    }
    this.#deadline = timers.after(stepTimeoutMs, () => this.#miss('RTMP_TIMEOUT', stepTimeoutMs));
    this.#tls = startTls({ tcp: socket, host: target.host, trust: this.#options.trust }, (tls) => {
      if (this.#isOver) return;
      if (tls instanceof RtmpFailure) this.#finish(tls);
      else {
        onStep?.('secured', tls.getProtocol() ?? '');
        this.#finish({ socket: tls, tcp: socket });
      }
    });
  }

  #miss(code: 'RTMP_UNREACHABLE' | 'RTMP_TIMEOUT', timeoutMs: number): void {
    const what = code === 'RTMP_TIMEOUT' ? 'the TLS handshake' : 'the TCP connection';
    this.#finish(new RtmpFailure(code, `${what} did not come within ${timeoutMs} ms`));
  }

  #finish(outcome: DialledSocket | RtmpFailure): void {
    if (this.#isOver) return;
    if (outcome instanceof RtmpFailure) this.cancel();
    else {
      this.#isOver = true;
      this.#deadline.cancel();
    }
    this.#over(outcome);
  }
}
