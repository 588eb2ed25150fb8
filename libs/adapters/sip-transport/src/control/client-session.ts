import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Logger, Secret, Timer, Timers } from '#foundation';
import {
  buildFrame,
  buildServerMessage,
  DrachtioProtocolError,
  FrameDecoder,
  parseClientMessage,
} from '#protocol/drachtio';
import type { ClientMessage, ServerMessage } from '#protocol/drachtio';
import type { ClientLink } from '../engine/client-link.ts';

/** A connection that has not said its secret by then is closed, in milliseconds. */
const AUTHENTICATION_LIMIT_MS = 5000;
/** drachtio-server falls silent at frames of this size, in bytes: what works here would not work there. */
const PORTABLE_FRAME_BYTES = 12_228;
/** A client that does not read is dropped when so much waits for it, in bytes. */
const MAX_WAITING_BYTES = 16_777_216;
const MAX_ROUTES = 64;
/** How long closing may wait for the client to read, in milliseconds. */
const CLOSE_LIMIT_MS = 500;

/** What clients are told when they have authenticated. */
export interface ServerIdentity {
  readonly version: string;
  /** Our addresses as `transport/host:port`. */
  readonly hostports: readonly string[];
}

/** What a session works with. */
export interface ClientSessionOptions {
  readonly socket: Socket;
  readonly secret: Secret;
  readonly identity: () => ServerIdentity;
  readonly newId: () => string;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly authenticated: (session: ClientSession) => void;
  readonly command: (session: ClientSession, message: ClientMessage) => void;
  readonly closed: (session: ClientSession, wasAuthenticated: boolean) => void;
}

/**
 * One client connection: frames, the secret, routes. Nothing but `authenticate` is understood before the secret was
 * right; anything else is refused and the connection closed.
 */
export class ClientSession implements ClientLink {
  readonly #options: ClientSessionOptions;
  readonly #decoder = new FrameDecoder();
  readonly #routes = new Set<string>();
  readonly #authenticationLimit: Timer;
  #isAuthenticated = false;
  #isConnected = true;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    const { socket, timers } = options;
    socket.setNoDelay(true);
    this.#authenticationLimit = timers.after(AUTHENTICATION_LIMIT_MS, () => socket.destroy());
    socket.on('data', (bytes) => this.#receive(bytes));
    // What went wrong is of no interest: `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#close());
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  hasRoute(method: string): boolean {
    return this.#routes.has(method.toLowerCase());
  }

  send(message: ServerMessage): void {
    const { socket } = this.#options;
    if (!this.#isConnected || socket.destroyed) return;
    socket.write(buildFrame(buildServerMessage(message)));
    if (socket.writableLength > MAX_WAITING_BYTES) {
      this.#options.logger.warn('signaling.client_stuck', { waitingBytes: socket.writableLength });
      socket.destroy();
    }
  }

  #receive(bytes: Uint8Array): void {
    try {
      for (const payload of this.#decoder.push(bytes)) {
        if (!this.#isConnected) return;
        this.#warnOfSize(payload.length);
        this.#take(parseClientMessage(payload));
      }
    } catch (error) {
      if (!(error instanceof DrachtioProtocolError)) throw error;
      this.#options.logger.warn('signaling.client_protocol_error', { reason: error.reason });
      this.#options.socket.destroy();
    }
  }

  #warnOfSize(sizeBytes: number): void {
    if (sizeBytes >= PORTABLE_FRAME_BYTES) {
      this.#options.logger.warn('signaling.frame_not_portable', { sizeBytes });
    }
  }

  #take(message: ClientMessage): void {
    if (message.type === 'authenticate') this.#authenticate(message.id, message.secret);
    else if (!this.#isAuthenticated) this.#reject(message.id, 'not authenticated');
    else {
      this.#noteRoute(message);
      this.#options.command(this, message);
    }
  }

  #authenticate(replyTo: string, secret: Secret): void {
    if (!isSame(secret, this.#options.secret)) {
      this.#reject(replyTo, 'incorrect secret');
      return;
    }
    const { version, hostports } = this.#options.identity();
    const id = this.#options.newId();
    this.send({
      type: 'authenticated',
      id,
      replyTo,
      version,
      hostports,
      localHostports: hostports,
    });
    if (this.#isAuthenticated) return;
    this.#isAuthenticated = true;
    this.#authenticationLimit.cancel();
    this.#options.authenticated(this);
  }

  #reject(replyTo: string, reason: string): void {
    this.send({ type: 'refused', id: this.#options.newId(), replyTo, verdict: 'NO', reason });
    this.#options.logger.warn('signaling.client_refused', { reason });
    this.end();
  }

  #noteRoute(message: ClientMessage): void {
    if (message.type === 'route' && this.#routes.size < MAX_ROUTES) {
      this.#routes.add(message.method.toLowerCase());
    } else if (message.type === 'removeRoute') this.#routes.delete(message.method.toLowerCase());
  }

  /** Closes the connection after what was written is on its way. */
  end(): void {
    const { socket, timers } = this.#options;
    socket.destroySoon();
    const limit = timers.after(CLOSE_LIMIT_MS, () => socket.destroy());
    socket.once('close', () => limit.cancel());
    this.#close();
  }

  #close(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#authenticationLimit.cancel();
    this.#options.closed(this, this.#isAuthenticated);
  }
}

/** Compares in a time that does not depend on where the texts differ. */
function isSame(given: Secret, wanted: Secret): boolean {
  const digest = (secret: Secret): Buffer => createHash('sha256').update(secret.reveal()).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
