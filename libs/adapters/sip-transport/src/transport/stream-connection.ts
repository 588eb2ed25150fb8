import type { Socket } from 'node:net';
import type { Timer, Timers } from '#foundation';
import { SipParseError, SipStreamFramer } from '#protocol/sip';
import type { PathFailure, TransportPath } from '#protocol/sip';
import type { ConnectionStage, StreamKind } from './stream-kind.ts';
import type { Origin, WireReceiver } from './wire.ts';

/** How long closing may wait for the peer to read, in milliseconds. */
const CLOSE_LIMIT_MS = 500;
/** How long a peer that began a connection may take for its first message, in milliseconds. */
const FIRST_MESSAGE_MS = 10_000;
/** How long any message may take from its first byte to its last, in milliseconds. */
const MESSAGE_MS = 30_000;
/** How long a connection may be silent before the system probes it, in milliseconds. */
const PROBE_AFTER_MS = 60_000;

/** How long a peer that has answered pings before may take for the next answer, in ms (RFC 5626 section 4.4.1). */
const PONG_LIMIT_MS = 10_000;
const PING = '\r\n\r\n';
const PONG = '\r\n';
/** How much may wait to be written while pings are answered. */
const MAX_WAITING_PONG_BYTES = 4096;

/** What one stream connection works with. */
export interface StreamConnectionOptions {
  readonly id: number;
  readonly kind: StreamKind;
  readonly socket: Socket;
  /** The peer as asked for or accepted; a socket that is still connecting does not know it. */
  readonly peer: TransportPath;
  /** Whether we began it: then it is not open yet. */
  readonly isOurs: boolean;
  readonly timers: Timers;
  readonly idleMs: number;
  readonly connectTimeoutMs: number;
  /** Bytes that may wait to be written before the connection is given up as stuck. */
  readonly maxWaitingBytes: number;
  readonly receiver: WireReceiver;
  readonly closed: () => void;
}

/** One stream connection to a peer: cuts messages out of it, answers keep-alives, reports its end. */
export class StreamConnection {
  readonly #options: StreamConnectionOptions;
  readonly #framer = new SipStreamFramer();
  readonly #watchers = new Set<PathFailure>();
  /** What is sent once the peer is known to be the right one; nothing is given to the socket before. */
  #waiting: Uint8Array[] | undefined;
  #waitingBytes = 0;
  #stage: ConnectionStage;
  #timer: Timer | undefined;
  /** Set as long as a message has begun and not ended. */
  #messageTimer: Timer | undefined;
  /** Whether the peer has said anything that makes sense; one that we called need not. */
  #isProven: boolean;
  #lastError = 'ECONNRESET';
  #hasPonged = false;
  #pongLimit: Timer | undefined;
  #isClosed = false;
  #rejectedCount = 0;

  constructor(options: StreamConnectionOptions) {
    this.#options = options;
    const { socket, kind, isOurs } = options;
    this.#isProven = isOurs;
    this.#stage = isOurs ? 'connecting' : 'open';
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_AFTER_MS);
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => {
      this.#lastError = kind.reasonOf(error, options.peer, this.#stage);
    });
    socket.on('close', () => this.#close());
    if (!isOurs) {
      this.#expire(FIRST_MESSAGE_MS);
      return;
    }
    this.#waiting = [];
    socket.once('connect', () => this.#connected());
    socket.once(kind.readyEvent, () => this.#open());
    this.#expire(options.connectTimeoutMs);
  }

  #connected(): void {
    if (this.#stage !== 'connecting') return;
    this.#stage = 'handshake';
    this.#expire(this.#options.connectTimeoutMs);
  }

  #open(): void {
    this.#stage = 'open';
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const bytes of waiting) this.#options.socket.write(bytes);
    this.#stayOpen();
  }

  /** Writes one message. `failed` is called when the connection ends before it is released. */
  send(bytes: Uint8Array, failed?: PathFailure): void {
    if (failed !== undefined) this.#watchers.add(failed);
    const { socket, maxWaitingBytes } = this.#options;
    const waitingBytes = this.#waiting === undefined ? socket.writableLength : this.#waitingBytes;
    if (waitingBytes + bytes.length > maxWaitingBytes) {
      this.#lastError = 'EPIPE';
      socket.destroy();
      return;
    }
    if (this.#waiting === undefined) {
      socket.write(bytes);
      this.#stayOpen();
    } else {
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
    }
  }

  release(failed: PathFailure): void {
    this.#watchers.delete(failed);
  }

  /** Whether a transaction waits for what comes back on it. */
  get isAwaited(): boolean {
    return this.#watchers.size > 0;
  }

  /**
   * Asks the peer for a sign of life by CR LF CR LF (RFC 5626 section 3.5.1), and counts as use of the connection. A peer
   * that has answered once has to answer each time; of others nothing is known, and TCP is left to find out.
   */
  ping(): void {
    if (this.#stage !== 'open' || this.#isClosed) return;
    this.#stayOpen();
    this.#framer.expectPong();
    this.#options.socket.write(PING);
    if (!this.#hasPonged) return;
    this.#pongLimit?.cancel();
    this.#pongLimit = this.#options.timers.after(PONG_LIMIT_MS, () => this.#timeOut());
  }

  #heard(): void {
    this.#stayOpen();
    this.#pongLimit?.cancel();
  }

  #receive(bytes: Uint8Array): void {
    try {
      const wasAwaited = this.#framer.awaitsPong;
      const messages = this.#framer.push(bytes);
      this.#hasPonged ||= wasAwaited && !this.#framer.awaitsPong;
      this.#isProven ||= messages.length > 0;
      this.#heard();
      this.#limitMessage(messages.length > 0);
      this.#answerPings();
      this.#reportRejected();
      for (const message of messages) {
        this.#options.receiver.message(message, this.#origin());
      }
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#options.receiver.malformed(error, this.#origin());
      this.#options.socket.destroy();
    }
  }

  /** A peer that does not read its answers needs no more of them. */
  #answerPings(): void {
    const { socket } = this.#options;
    for (let pings = this.#framer.takePings(); pings > 0; pings -= 1) {
      if (socket.writableLength >= MAX_WAITING_PONG_BYTES) return;
      socket.write(PONG);
    }
  }

  /** A message that comes byte by byte would keep its connection for ever. */
  #limitMessage(hasEnded: boolean): void {
    const { isUnfinished } = this.#framer;
    if (hasEnded || !isUnfinished) {
      this.#messageTimer?.cancel();
      this.#messageTimer = undefined;
    }
    if (!isUnfinished || this.#isClosed) return;
    this.#messageTimer ??= this.#options.timers.after(MESSAGE_MS, () => this.#timeOut());
  }

  #reportRejected(): void {
    const { rejectedCount, lastRejection } = this.#framer;
    for (; this.#rejectedCount < rejectedCount; this.#rejectedCount += 1) {
      if (lastRejection !== undefined)
        this.#options.receiver.malformed(lastRejection, this.#origin());
    }
  }

  #origin(): Origin {
    const { id, kind, peer, socket } = this.#options;
    return {
      transport: kind.transport,
      address: peer.address,
      port: peer.port,
      connectionId: id,
      localAddress: socket.localAddress ?? '',
      localPort: socket.localPort ?? 0,
    };
  }

  #stayOpen(): void {
    if (this.#stage === 'open' && this.#isProven) this.#expire(this.#options.idleMs);
  }

  #expire(afterMs: number): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(afterMs, () => this.#timeOut());
  }

  #timeOut(): void {
    const { kind, peer, socket } = this.#options;
    const error = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
    this.#lastError = kind.reasonOf(error, peer, this.#stage);
    socket.destroy();
  }

  /** Closes the connection after what was written is on its way, or after a moment if the peer does not read. */
  end(): void {
    this.#options.socket.destroySoon();
    this.#expire(CLOSE_LIMIT_MS);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#pongLimit?.cancel();
    this.#messageTimer?.cancel();
    this.#waiting = [];
    this.#options.closed();
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const failed of watchers) failed(this.#lastError);
  }
}
