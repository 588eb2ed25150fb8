import type { Socket } from 'node:net';
import type { Clock } from '#foundation';
import type { DialledSocket } from './dial/dial.ts';
import type { Liveness } from './liveness/liveness.ts';
import { failureOfSocketError, RtmpFailure } from './rtmp-failure.ts';
import { atTurnsEnd } from './turns-end.ts';

const KEEP_ALIVE_AFTER_MS = 10_000;
/** Answers (pongs, acknowledgements) that a server which does not read may make us keep. */
const MAX_UNREAD_BYTES = 1_048_576;
/** More is sent at once. */
const MAX_GATHERED_BYTES = 8192;

/** What a wire works with. */
export interface WireOptions {
  readonly clock: Clock;
  readonly fence: (() => boolean) | undefined;
  readonly liveness: Liveness;
}

/** What a wire tells its owner. Nothing is told after `destroy`. */
export interface WireEar {
  onBytes(bytes: Uint8Array): void;
  /** Everything written has left. */
  onDrained(): void;
  /** The other side has left, or the connection broke; undefined when the server has closed it. */
  onGone(failure: RtmpFailure | undefined): void;
  /** We have given the connection up. */
  onGivenUp(failure: RtmpFailure): void;
}

/** One connection that stands, with or without TLS: gathers writes, asks the fence, counts what leaves. */
export class RtmpWire {
  readonly #socket: Socket;
  readonly #tcp: Socket;
  readonly #options: WireOptions;
  readonly #ear: WireEar;
  /** Chunks in the order in which they were built: nothing may overtake them. */
  readonly #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #isOver = false;
  readonly closed: Promise<void>;

  constructor({ socket, tcp }: DialledSocket, options: WireOptions, ear: WireEar) {
    this.#socket = socket;
    this.#tcp = tcp;
    this.#options = options;
    this.#ear = ear;
    tcp.setNoDelay(true);
    tcp.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
    socket.on('data', (bytes) => {
      if (!this.#isOver) ear.onBytes(bytes);
    });
    socket.on('error', (error) => this.#gone(failureOfSocketError(error, true)));
    socket.once('end', () => this.#gone(undefined));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#gone(undefined);
        resolve();
      });
    });
  }

  /** Whether everything written has left, so that more may follow. */
  get isEmpty(): boolean {
    return this.#socket.writableLength === 0;
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Both ends of the TCP connection, for what the kernel knows about it. */
  get tcp(): Socket {
    return this.#tcp;
  }

  /** What one turn of the event loop brings leaves in one piece: a system call costs more than the bytes it carries. */
  gather(bytes: Uint8Array): void {
    if (this.#isOver || bytes.length === 0) return;
    this.#gatheredBytes += bytes.length;
    if (this.#gathered.push(bytes) === 1) atTurnsEnd(this.#flush);
    if (this.#gatheredBytes >= MAX_GATHERED_BYTES) this.#flush();
  }

  /** Sends at once, behind what was gathered. */
  send(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#gathered.push(bytes);
    this.#flush();
  }

  /** Sends what the server has made us say; a server that makes us say much and does not read is given up. */
  answer(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#socket.writableLength <= MAX_UNREAD_BYTES) this.send(bytes);
    else this.#giveUp(new RtmpFailure('RTMP_STALLED', 'the server does not read our answers'));
  }

  /** Sends what waits and a FIN. */
  end(): void {
    this.#flush();
    if (!this.#isOver) this.#socket.end();
  }

  /** Closes at once. */
  destroy(): void {
    this.#isOver = true;
    this.#gathered.length = 0;
    this.#gatheredBytes = 0;
    this.#socket.destroy();
  }

  /** The only place that writes to the socket. */
  readonly #flush = (): void => {
    const [first, second] = this.#gathered;
    if (first === undefined || this.#isOver) return;
    const bytes = second === undefined ? first : Buffer.concat(this.#gathered);
    this.#gathered.length = 0;
    this.#gatheredBytes = 0;
    const { fence, liveness, clock } = this.#options;
    if (fence?.() === false) {
      this.#tcp.resetAndDestroy();
      this.#giveUp(new RtmpFailure('RTMP_LOST', 'this node may no longer write'));
      return;
    }
    const now = clock.nowMicros();
    liveness.sent(bytes.length, now);
    this.#socket.write(bytes, this.#onWritten);
    liveness.waiting(this.#socket.writableLength, false, now);
  };

  readonly #onWritten = (error?: Error | null): void => {
    if (this.#isOver || (error !== undefined && error !== null)) return;
    const { liveness, clock } = this.#options;
    liveness.waiting(this.#socket.writableLength, true, clock.nowMicros());
    if (this.isEmpty) this.#ear.onDrained();
  };

  #giveUp(failure: RtmpFailure): void {
    if (!this.#isOver) this.#ear.onGivenUp(failure);
  }

  #gone(failure: RtmpFailure | undefined): void {
    if (!this.#isOver) this.#ear.onGone(failure);
  }
}
