import { Socket } from 'node:net';
import type { Clock, RandomSource, Timer, Timers } from '#foundation';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import { metadataTag } from '#protocol/flv';
import type { FlvMetadata, FlvTag } from '#protocol/flv';
import { RtmpProtocolError, RtmpPublisher } from '#protocol/rtmp';
import type { PublisherEvent, PublisherOutput, PublisherStep, RtmpTarget } from '#protocol/rtmp';
import { Liveness } from './liveness.ts';
import { failureOfRefusal, failureOfSocketError, RtmpFailure } from './rtmp-failure.ts';
import { TagQueue } from './tag-queue.ts';

/** What to publish, where, and how patient to be. */
export interface PublishOptions {
  readonly target: RtmpTarget;
  /** Entries of `onMetaData`, sent before anything else. */
  readonly metadata: FlvMetadata;
  /** Sequence headers, sent right after the server has accepted the stream, with their own timestamps. */
  readonly headers: readonly FlvTag[];
  /** Until the TCP connection stands. Default: 10 000. */
  readonly connectTimeoutMs?: number;
  /** For each step of the conversation: handshake, connect, createStream, publish. Default: 10 000. */
  readonly stepTimeoutMs?: number;
  /** Without a sign of life while data was offered. Default: 10 000. */
  readonly livenessTimeoutMs?: number;
  /** Media that waits for a slow server; what is older is dropped. Default: 2000. */
  readonly maxQueuedMs?: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  /**
   * False when this node may no longer write (its lease is lost). Asked at the point of every write; the first
   * no resets the connection, so that not even bytes in the kernel's buffer follow. Default: always true.
   */
  readonly fence?: () => boolean;
}

/** Where a session stands. */
export type PublishState = 'connecting' | 'handshaking' | 'publishing' | 'closing' | 'ended';

/** Counters of a session. */
export interface PublishStats {
  /** Bytes given to the socket, protocol included. */
  readonly bytesSent: number;
  /** Bytes the server says it has; 0 for servers that never say. */
  readonly bytesAcked: number;
  /** Bytes that wait for the socket, in our queue and in Node. */
  readonly queuedBytes: number;
  /** Tags dropped because the server was too slow. */
  readonly droppedTags: number;
  readonly state: PublishState;
}

/** One publish of one stream over one connection. Trying again is another session. */
export interface PublishSession {
  /** The server has accepted the stream. Rejects with RtmpFailure when it never does. */
  readonly ready: Promise<void>;
  /** Settles exactly once: with the failure, or `closed` after close or destroy. Never rejects. */
  readonly ended: Promise<RtmpFailure | 'closed'>;
  /** Sends a tag. Never throws, never waits; before `ready` and after the end it does nothing. */
  write(tag: FlvTag): void;
  /** Sends what waits and the good-bye, then closes; at most a second. */
  close(): Promise<void>;
  /** Closes at once, without a good-bye. */
  destroy(): void;
  stats(): PublishStats;
}

/** Small, so that a server that has died at 24 kbit/s is noticed within seconds. */
const ACK_WINDOW_BYTES = 8192;
const CLOSE_TIMEOUT_MS = 1000;
const LIVENESS_CHECK_MS = 1000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** Answers (pongs, acknowledgements) that a server which does not read may make us keep. */
const MAX_UNREAD_BYTES = 1_048_576;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_QUEUED_MS = 2000;

/** Connects to the target and publishes; the outcome is in `ready` and `ended`. */
export function openPublishSession(options: PublishOptions): PublishSession {
  return new TcpPublishSession(options);
}

class TcpPublishSession implements PublishSession {
  readonly ready: Promise<void>;
  readonly ended: Promise<RtmpFailure | 'closed'>;
  readonly #options: PublishOptions;
  readonly #socket = new Socket();
  readonly #publisher: RtmpPublisher;
  readonly #queue: TagQueue;
  readonly #liveness: Liveness;
  readonly #closed: Promise<void>;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (failure: RtmpFailure) => void = () => undefined;
  #resolveEnded: (outcome: RtmpFailure | 'closed') => void = () => undefined;
  #state: PublishState = 'connecting';
  #step: PublisherStep = 'handshake';
  #deadline: Timer | undefined;
  #livenessCheck: Timer | undefined;
  #droppedTags = 0;

  constructor(options: PublishOptions) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever only looks at `ended` need not look at `ready`.
    this.ready.catch(() => undefined);
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    const { app, tcUrl, streamKey } = options.target;
    this.#publisher = new RtmpPublisher({
      app,
      tcUrl,
      streamKey: streamKey.reveal(),
      codec: { build: buildAmf0, parse: parseAmf0 },
      random: options.random,
      ackWindowBytes: ACK_WINDOW_BYTES,
    });
    this.#queue = new TagQueue(options.maxQueuedMs ?? DEFAULT_MAX_QUEUED_MS);
    const timeoutMs = options.livenessTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#liveness = new Liveness({ timeoutMs, ackWindowBytes: ACK_WINDOW_BYTES });
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#connect();
  }

  write(tag: FlvTag): void {
    if (this.#state !== 'publishing') return;
    if (this.#queue.length === 0 && this.#socket.writableLength === 0) this.#sendTag(tag);
    else this.#droppedTags += this.#queue.push(tag);
  }

  close(): Promise<void> {
    if (this.#state === 'publishing') this.#sayGoodbye();
    else if (this.#state !== 'closing') this.destroy();
    return this.#closed;
  }

  destroy(): void {
    this.#end('closed');
  }

  stats(): PublishStats {
    return {
      bytesSent: this.#liveness.sentBytes,
      bytesAcked: this.#liveness.ackedBytes,
      queuedBytes: this.#queue.sizeBytes + this.#socket.writableLength,
      droppedTags: this.#droppedTags,
      state: this.#state,
    };
  }

  #connect(): void {
    const { target, connectTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    if (target.secure) {
      this.#end(new RtmpFailure('RTMP_UNREACHABLE', 'RTMPS targets are not supported'));
      return;
    }
    const socket = this.#socket;
    socket.once('connect', () => this.#onConnect());
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', (error) => {
      this.#onGone(failureOfSocketError(error, this.#state !== 'connecting'));
    });
    socket.once('end', () => this.#onGone(this.#closedByServer()));
    socket.once('close', () => this.#onGone(this.#closedByServer()));
    this.#await(connectTimeoutMs, 'RTMP_UNREACHABLE', 'the TCP connection');
    socket.connect({ host: target.host, port: target.port });
  }

  #onConnect(): void {
    this.#state = 'handshaking';
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
    this.#livenessCheck = this.#options.timers.every(LIVENESS_CHECK_MS, () =>
      this.#checkLiveness(),
    );
    this.#awaitStep();
    this.#send(this.#publisher.start());
  }

  #onData(bytes: Uint8Array): void {
    if (this.#state === 'ended') return;
    const output = this.#receive(bytes);
    if (output === undefined) return;
    if (output.out.length > 0) this.#answer(output.out);
    for (const event of output.events) this.#onEvent(event);
    if (this.#publisher.step !== this.#step) {
      this.#step = this.#publisher.step;
      this.#awaitStep();
    }
  }

  #receive(bytes: Uint8Array): PublisherOutput | undefined {
    try {
      return this.#publisher.receive(bytes);
    } catch (error) {
      if (!(error instanceof RtmpProtocolError)) throw error;
      this.#end(new RtmpFailure('RTMP_PROTOCOL', error.message, { cause: error }));
      return undefined;
    }
  }

  #answer(out: Uint8Array): void {
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) {
      this.#end(new RtmpFailure('RTMP_STALLED', 'the server does not read our answers'));
    } else {
      this.#send(out);
    }
  }

  #onEvent(event: PublisherEvent): void {
    // An event before this one may have ended the session.
    if (this.#state === 'ended') return;
    switch (event.kind) {
      case 'ready':
        this.#onReady();
        return;
      case 'refused':
        this.#onGone(failureOfRefusal(event.refusal));
        return;
      case 'acknowledged':
        this.#liveness.acknowledged(event.sequenceNumber, this.#options.clock.nowMicros());
        return;
    }
  }

  #onReady(): void {
    this.#state = 'publishing';
    const { metadata, headers } = this.#options;
    for (const tag of [metadataTag(metadata, 0), ...headers]) this.write(tag);
    this.#resolveReady();
  }

  #sayGoodbye(): void {
    for (let tag = this.#queue.shift(); tag !== undefined; tag = this.#queue.shift()) {
      this.#sendTag(tag);
    }
    // The fence may have ended the session at the last tag.
    if (this.#hasEnded()) return;
    this.#state = 'closing';
    this.#send(this.#publisher.close());
    if (this.#hasEnded()) return;
    this.#socket.end();
    this.#deadline?.cancel();
    this.#deadline = this.#options.timers.after(CLOSE_TIMEOUT_MS, () => this.#end('closed'));
  }

  #sendTag(tag: FlvTag): void {
    if (!this.#hasEnded()) this.#send(this.#publisher.writeMedia(tag));
  }

  /** The only place that writes to the socket. */
  #send(bytes: Uint8Array): void {
    if (this.#options.fence?.() === false) {
      this.#socket.resetAndDestroy();
      this.#end(new RtmpFailure('RTMP_LOST', 'this node may no longer write'));
      return;
    }
    const now = this.#options.clock.nowMicros();
    this.#liveness.sent(bytes.length, now);
    this.#socket.write(bytes, this.#onWritten);
    this.#liveness.waiting(this.#socket.writableLength, false, now);
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error !== undefined && error !== null) return;
    const now = this.#options.clock.nowMicros();
    this.#liveness.waiting(this.#socket.writableLength, true, now);
    while (this.#state === 'publishing' && this.#socket.writableLength === 0) {
      const tag = this.#queue.shift();
      if (tag === undefined) return;
      this.#sendTag(tag);
    }
  };

  #checkLiveness(): void {
    if (this.#state === 'closing' || !this.#liveness.isDead(this.#options.clock.nowMicros()))
      return;
    this.#end(new RtmpFailure('RTMP_STALLED', 'the server takes no more data'));
  }

  #awaitStep(): void {
    this.#deadline?.cancel();
    if (this.#state !== 'handshaking') return;
    const { stepTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    this.#await(stepTimeoutMs, 'RTMP_TIMEOUT', `the answer to ${this.#step}`);
  }

  #await(timeoutMs: number, code: 'RTMP_UNREACHABLE' | 'RTMP_TIMEOUT', what: string): void {
    this.#deadline = this.#options.timers.after(timeoutMs, () => {
      this.#end(new RtmpFailure(code, `${what} did not come within ${timeoutMs} ms`));
    });
  }

  #closedByServer(): RtmpFailure {
    const where = this.#state === 'publishing' ? '' : ` instead of answering to ${this.#step}`;
    return new RtmpFailure('RTMP_LOST', `the server closed the connection${where}`);
  }

  /** The other side has left: what we asked for when closing, a failure at any other time. */
  #onGone(failure: RtmpFailure): void {
    if (this.#state !== 'closing') this.#end(failure);
    else if (this.#socket.destroyed) this.#end('closed');
  }

  #hasEnded(): boolean {
    return this.#state === 'ended';
  }

  #end(outcome: RtmpFailure | 'closed'): void {
    if (this.#hasEnded()) return;
    this.#state = 'ended';
    this.#deadline?.cancel();
    this.#livenessCheck?.cancel();
    this.#queue.clear();
    this.#socket.destroy();
    this.#rejectReady(
      outcome === 'closed' ? new RtmpFailure('RTMP_LOST', 'closed by us') : outcome,
    );
    this.#resolveEnded(outcome);
  }
}
