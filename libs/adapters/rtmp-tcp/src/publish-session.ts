import { Socket } from 'node:net';
import type { Timer } from '#foundation';
import { TagQueue } from '#media';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import { metadataTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { RtmpProtocolError, RtmpPublisher } from '#protocol/rtmp';
import type { PublisherEvent, PublisherOutput, PublisherStep } from '#protocol/rtmp';
import type {
  PublishOptions,
  PublishSession,
  PublishState,
  PublishStats,
} from './publish-contract.ts';
import { Liveness } from './liveness.ts';
import { failureOfRefusal, failureOfSocketError, RtmpFailure } from './rtmp-failure.ts';
import { atTurnsEnd } from './turns-end.ts';

/** Small, so that a server that has died at 24 kbit/s is noticed within seconds. */
const ACK_WINDOW_BYTES = 8192;
const CLOSE_TIMEOUT_MS = 1000;
const LIVENESS_CHECK_MS = 1000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** Answers (pongs, acknowledgements) that a server which does not read may make us keep. */
const MAX_UNREAD_BYTES = 1_048_576;
/** More is sent at once. */
const MAX_GATHERED_BYTES = 8192;
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
  /** Chunks in the order in which they were built: nothing may overtake them. */
  readonly #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;

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
    const isIdle = this.#queue.length === 0 && this.#socket.writableLength === 0;
    if (isIdle) this.#gather(this.#publisher.writeMedia(tag));
    else this.#droppedTags += this.#queue.push(tag);
  }

  /** What one turn of the event loop brings leaves in one piece: a system call costs more than the bytes it carries. */
  #gather(bytes: Uint8Array): void {
    this.#gatheredBytes += bytes.length;
    if (this.#gathered.push(bytes) === 1) atTurnsEnd(this.#flush);
    if (this.#gatheredBytes >= MAX_GATHERED_BYTES) this.#flush();
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
      queuedBytes: this.#hasEnded() ? 0 : this.#queue.sizeBytes + this.#socket.writableLength,
      droppedTags: this.#droppedTags,
      state: this.#state,
    };
  }

  #connect(): void {
    const { target, connectTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    if (target.secure) {
      this.#end(new RtmpFailure('RTMP_REFUSED', 'RTMPS targets are not supported'));
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
    this.#send(this.#publisher.writeMedia(tag));
  }

  #send(bytes: Uint8Array): void {
    this.#gathered.push(bytes);
    this.#flush();
  }

  /** The only place that writes to the socket. */
  readonly #flush = (): void => {
    const [first, second] = this.#gathered;
    if (first === undefined || this.#hasEnded()) return;
    const bytes = second === undefined ? first : Buffer.concat(this.#gathered);
    this.#forgetGathered();
    if (this.#options.fence?.() === false) {
      this.#socket.resetAndDestroy();
      this.#end(new RtmpFailure('RTMP_LOST', 'this node may no longer write'));
      return;
    }
    const now = this.#options.clock.nowMicros();
    this.#liveness.sent(bytes.length, now);
    this.#socket.write(bytes, this.#onWritten);
    this.#liveness.waiting(this.#socket.writableLength, false, now);
  };

  #forgetGathered(): void {
    this.#gathered.length = 0;
    this.#gatheredBytes = 0;
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
    this.#forgetGathered();
    this.#socket.destroy();
    this.#rejectReady(
      outcome === 'closed' ? new RtmpFailure('RTMP_LOST', 'closed by us') : outcome,
    );
    this.#resolveEnded(outcome);
  }
}
