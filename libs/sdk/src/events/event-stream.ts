import { CallcastError } from '../http/callcast-error.ts';
import { backoffMs } from '../http/retry-policy.ts';
import { TimeLimit } from '../http/time-limit.ts';
import type { RouteRequest, Transport } from '../http/transport.ts';
import type { CallStats, Event } from '../openapi/schemas.ts';
import { pause, reasonOf } from '../world.ts';
import { SseParser } from './sse-parser.ts';
import type { SseMessage } from './sse-parser.ts';

/** How to listen. */
export interface ListenOptions {
  /** Ends listening; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Go on after this event: `lastEventId` of an earlier stream. `0`: from the beginning. Default: from now on. */
  readonly after?: string | undefined;
  /** How long the line may be silent before it is taken for dead, in ms; the API beats every 15 s. Default: 45,000. */
  readonly heartbeatTimeoutMs?: number | undefined;
  /** Hears the figures of live calls, where the query asks for them with `stats`. */
  readonly onStats?: ((stats: CallStats) => void) | undefined;
  /** Hears when a line is there: whatever happens from then on is told. */
  readonly onConnect?: (() => void) | undefined;
  /** Hears of each line that was lost, before it comes back. */
  readonly onReconnect?: ((error: CallcastError) => void) | undefined;
}

const HEARTBEAT_TIMEOUT_MS = 45_000;
/** Refusals that another attempt does not change. */
const FINAL_STATUSES = [400, 401, 403, 404, 409, 422];
const FIGURES = 'call.stats';

/**
 * Events as they happen, over as many connections as it takes: none is left out and none comes twice.
 *
 * ```ts
 * for await (const event of callcast.events.listen()) console.log(event.type, event.callId);
 * ```
 *
 * It can be walked once. Leaving the loop closes the line. Events that are not taken wait at the API.
 */
export class EventStream implements AsyncIterable<Event> {
  readonly #transport: Transport;
  readonly #request: RouteRequest;
  readonly #options: ListenOptions;
  #lastEventId: string | undefined;
  #failed = 0;
  #retryMs = 0;

  constructor(transport: Transport, request: RouteRequest, options: ListenOptions = {}) {
    this.#transport = transport;
    this.#request = request;
    this.#options = options;
    this.#lastEventId = options.after;
  }

  /** The place in the feed behind the last event given out: `after` of a later stream. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** @throws CallcastError for what coming back does not change; the reason of the signal. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    const { signal, onReconnect } = this.#options;
    for (;;) {
      if (signal?.aborted === true) throw reasonOf(signal);
      try {
        yield* this.#connection();
      } catch (error) {
        if (!(error instanceof CallcastError) || isFinal(error)) throw error;
        this.#failed += 1;
        onReconnect?.(error);
        await pause(this.#transport.world, this.#waitMs(error), signal);
      }
    }
  }

  #waitMs({ retryAfterMs = 0 }: CallcastError): number {
    const random = this.#transport.world.random();
    return Math.max(retryAfterMs, backoffMs(this.#failed, random), this.#retryMs);
  }

  /** The events of one connection. @throws CallcastError when it ends, however that is. */
  async *#connection(): AsyncGenerator<Event, void, undefined> {
    const { signal, heartbeatTimeoutMs = HEARTBEAT_TIMEOUT_MS } = this.#options;
    const limit = new TimeLimit(this.#transport.world, heartbeatTimeoutMs, signal);
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(this.#lastEventId === undefined ? {} : { 'last-event-id': this.#lastEventId }),
      };
      const response = await this.#transport.open({ ...this.#request, headers }, limit);
      this.#options.onConnect?.();
      for await (const message of messagesOf(response, limit, heartbeatTimeoutMs)) {
        this.#failed = 0;
        this.#retryMs = message.retryMs;
        yield* this.#take(message);
      }
    } catch (error) {
      throw this.#transport.explain(error, limit);
    } finally {
      limit.abort();
    }
    throw new CallcastError({ code: 'UNREACHABLE', message: 'The API has closed the line.' });
  }

  *#take({ id, type, data }: SseMessage): Generator<Event, void, undefined> {
    if (type === FIGURES) {
      this.#options.onStats?.(JSON.parse(data) as CallStats);
      return;
    }
    // Before it is given out: who leaves the loop with it has had it.
    this.#lastEventId = id ?? this.#lastEventId;
    if (data !== '') yield JSON.parse(data) as Event;
  }
}

const isFinal = ({ code, status = 0 }: CallcastError): boolean =>
  code === 'NOT_CALLCAST' || FINAL_STATUSES.includes(status);

/** The time runs only while we wait for the line, not while somebody works on an event. */
async function* messagesOf(response: Response, limit: TimeLimit, timeoutMs: number) {
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      limit.renew(timeoutMs);
      const { done, value } = await reader.read();
      limit.pause();
      if (done) return;
      for (const message of parser.take(decoder.decode(value, { stream: true }))) {
        yield { ...message, retryMs: parser.retryMs ?? 0 };
      }
    }
  } finally {
    // A line that is broken cannot be cancelled, and need not be.
    await reader.cancel().catch(() => undefined);
  }
}
