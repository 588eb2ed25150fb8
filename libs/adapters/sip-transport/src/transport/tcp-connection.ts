import type { Socket } from 'node:net';
import type { Timer, Timers } from '#foundation';
import { SipParseError, SipStreamFramer } from '#protocol/sip';
import type { PathFailure } from '#protocol/sip';
import type { Origin, WireReceiver } from './wire.ts';

/** How long closing may wait for the peer to read, in milliseconds. */
const CLOSE_LIMIT_MS = 500;

/** What one TCP connection works with. */
export interface TcpConnectionOptions {
  readonly id: number;
  readonly socket: Socket;
  /** The peer as asked for or accepted; a socket that is still connecting does not know it. */
  readonly peer: { readonly address: string; readonly port: number };
  readonly timers: Timers;
  readonly idleMs: number;
  readonly connectTimeoutMs: number;
  /** Bytes that may wait to be written before the connection is given up as stuck. */
  readonly maxWaitingBytes: number;
  readonly receiver: WireReceiver;
  readonly closed: () => void;
}

/** One stream connection to a peer: cuts messages out of it, answers keep-alives, reports its end. */
export class TcpConnection {
  readonly #options: TcpConnectionOptions;
  readonly #framer = new SipStreamFramer();
  readonly #watchers = new Set<PathFailure>();
  #timer: Timer | undefined;
  #lastError = 'ECONNRESET';
  #isClosed = false;
  #rejectedCount = 0;

  constructor(options: TcpConnectionOptions) {
    this.#options = options;
    const { socket } = options;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => {
      this.#lastError = 'code' in error ? String(error.code) : error.message;
    });
    socket.on('close', () => this.#close());
    socket.on('connect', () => this.#stayOpen());
    if (socket.connecting) this.#expire(options.connectTimeoutMs, 'ETIMEDOUT');
    else this.#stayOpen();
  }

  /** Writes one message. `failed` is called when the connection ends before it is released. */
  send(bytes: Uint8Array, failed?: PathFailure): void {
    if (failed !== undefined) this.#watchers.add(failed);
    const { socket, maxWaitingBytes } = this.#options;
    if (socket.writableLength + bytes.length > maxWaitingBytes) {
      this.#lastError = 'EPIPE';
      socket.destroy();
      return;
    }
    socket.write(bytes);
    if (!socket.connecting) this.#stayOpen();
  }

  release(failed: PathFailure): void {
    this.#watchers.delete(failed);
  }

  #receive(bytes: Uint8Array): void {
    this.#stayOpen();
    try {
      const messages = this.#framer.push(bytes);
      for (let pings = this.#framer.takePings(); pings > 0; pings -= 1) {
        this.#options.socket.write('\r\n');
      }
      this.#reportRejected();
      for (const message of messages) {
        this.#options.receiver.message(message, this.#origin());
      }
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#options.receiver.rejected(error.reason, this.#origin());
      this.#options.socket.destroy();
    }
  }

  #reportRejected(): void {
    const { rejectedCount, lastRejection } = this.#framer;
    for (; this.#rejectedCount < rejectedCount; this.#rejectedCount += 1) {
      this.#options.receiver.rejected(lastRejection?.reason ?? '', this.#origin());
    }
  }

  #origin(): Origin {
    const { id, peer, socket } = this.#options;
    return {
      transport: 'tcp',
      address: peer.address,
      port: peer.port,
      connectionId: id,
      localAddress: socket.localAddress ?? '',
      localPort: socket.localPort ?? 0,
    };
  }

  #stayOpen(): void {
    this.#expire(this.#options.idleMs, 'ETIMEDOUT');
  }

  #expire(afterMs: number, error: string): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(afterMs, () => {
      this.#lastError = error;
      this.#options.socket.destroy();
    });
  }

  /** Closes the connection after what was written is on its way, or after a moment if the peer does not read. */
  end(): void {
    this.#options.socket.destroySoon();
    this.#expire(CLOSE_LIMIT_MS, 'ETIMEDOUT');
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#options.closed();
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const failed of watchers) failed(this.#lastError);
  }
}
