import type { Timer } from '#foundation';
import { TagQueue } from '#media';
import { metadataTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import type { PublishRefusal, ServerAbilities } from '#protocol/rtmp';
import { Conversation } from './conversation.ts';
import { Login } from './login.ts';
import type { PublishOptions, PublishSession, PublishStats } from './publish-contract.ts';
import { RtmpFailure } from './rtmp-failure.ts';

const LOOK_EVERY_MS = 1000;
const DEFAULT_READY_TIMEOUT_MS = 50_000;
const DEFAULT_MAX_QUEUED_MS = 2000;

/** Connects to the target and publishes; the outcome is in `ready` and `ended`. */
export function openPublishSession(options: PublishOptions): PublishSession {
  return new TcpPublishSession(options);
}

/** A publish: one conversation after the other until the server knows who we are, then media. */
class TcpPublishSession implements PublishSession {
  readonly ready: Promise<ServerAbilities>;
  readonly ended: Promise<RtmpFailure | 'closed'>;
  readonly #options: PublishOptions;
  readonly #queue: TagQueue;
  #droppedTags = 0;
  readonly #login: Login;
  #conversation: Conversation;
  #resolveReady: (abilities: ServerAbilities) => void = () => undefined;
  #rejectReady: (failure: RtmpFailure) => void = () => undefined;
  #resolveEnded: (outcome: RtmpFailure | 'closed') => void = () => undefined;
  readonly #lookout: Timer;
  readonly #deadline: Timer;
  #hasEnded = false;

  constructor(options: PublishOptions) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever only looks at `ended` need not look at `ready`.
    this.ready.catch(() => undefined);
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    const { target, random, timers, maxQueuedMs = DEFAULT_MAX_QUEUED_MS } = options;
    this.#queue = new TagQueue(maxQueuedMs);
    this.#login = new Login(target, random);
    this.#lookout = timers.every(LOOK_EVERY_MS, () => this.#conversation.look());
    const { readyTimeoutMs = DEFAULT_READY_TIMEOUT_MS } = options;
    this.#deadline = timers.after(readyTimeoutMs, () => {
      const detail = `the stream was not accepted within ${readyTimeoutMs} ms`;
      this.#end(new RtmpFailure('RTMP_TIMEOUT', detail));
    });
    this.#conversation = this.#converse();
  }

  write(tag: FlvTag): void {
    if (this.#conversation.state !== 'publishing') return;
    if (this.#queue.length > 0 || !this.#conversation.hasRoom) {
      this.#droppedTags += this.#queue.push(tag);
    } else if (this.#queue.admits(tag)) this.#conversation.gather(tag);
    else this.#droppedTags += 1;
  }

  close(): Promise<void> {
    const { state } = this.#conversation;
    if (state === 'publishing') {
      for (let tag = this.#queue.shift(); tag !== undefined; tag = this.#queue.shift()) {
        this.#conversation.send(tag);
      }
      this.#conversation.sayGoodbye();
    } else if (state !== 'closing') this.destroy();
    return this.#conversation.closed;
  }

  destroy(): void {
    this.#conversation.destroy();
    this.#end('closed');
  }

  stats(): PublishStats {
    const { sentBytes, ackedBytes, waitingBytes, state } = this.#conversation;
    return {
      bytesSent: sentBytes,
      bytesAcked: ackedBytes,
      queuedBytes: this.#queue.sizeBytes + waitingBytes,
      queuedMs: this.#queue.queuedMs,
      droppedTags: this.#droppedTags,
      state: this.#hasEnded ? 'ended' : state,
    };
  }

  #converse(loginQuery?: string): Conversation {
    return new Conversation(this.#options, loginQuery, {
      onReady: (abilities) => this.#onReady(abilities),
      onRoom: () => this.#sendQueued(),
      onOver: (outcome) => {
        if (outcome instanceof RtmpFailure || outcome === 'closed') this.#end(outcome);
        else this.#logIn(outcome);
      },
    });
  }

  #logIn(refusal: PublishRefusal): void {
    const answer = this.#login.answer(refusal);
    if (answer instanceof RtmpFailure) this.#end(answer);
    else this.#conversation = this.#converse(answer);
  }

  #onReady(abilities: ServerAbilities): void {
    this.#deadline.cancel();
    const { metadata, headers } = this.#options;
    const entries = typeof metadata === 'function' ? metadata(abilities) : metadata;
    for (const tag of [metadataTag(entries, 0), ...headers]) this.write(tag);
    this.#resolveReady(abilities);
  }

  #sendQueued(): void {
    while (this.#queue.length > 0 && this.#conversation.hasRoom) {
      const tag = this.#queue.shift();
      if (tag !== undefined) this.#conversation.send(tag);
    }
  }

  #end(outcome: RtmpFailure | 'closed'): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#lookout.cancel();
    this.#deadline.cancel();
    this.#conversation.destroy();
    this.#queue.clear();
    this.#rejectReady(
      outcome === 'closed' ? new RtmpFailure('RTMP_LOST', 'closed by us') : outcome,
    );
    this.#resolveEnded(outcome);
  }
}
