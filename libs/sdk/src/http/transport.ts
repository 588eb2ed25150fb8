import { pause, reasonOf } from '../world.ts';
import type { World } from '../world.ts';
import { bodyOf, errorOf } from './answers.ts';
import { CallcastError } from './callcast-error.ts';
import { baseUrl, requestUrl } from './request-url.ts';
import type { RequestPlace } from './request-url.ts';
import { waitBeforeRetry } from './retry-policy.ts';
import type { Attempts } from './retry-policy.ts';
import { TimeLimit } from './time-limit.ts';

/** Any function that behaves as the one of browsers and Node. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** How to reach an API, and how patient to be with it. */
export interface CallcastOptions {
  /** Address of the API, such as `https://callcast.example.com`; with a path where a proxy has put it below one. */
  readonly url: string | URL;
  /** An API key. It is sent to `url` and nowhere else. */
  readonly apiKey: string;
  /** For one attempt, in ms. Default: 30,000. */
  readonly timeoutMs?: number;
  /** After a failure that may pass. 0: none. Default: 4. */
  readonly maxRetries?: number;
  /** Default: that of the machine. */
  readonly fetch?: Fetch;
}

/** What may differ for one request. */
export interface RequestOptions {
  /** Gives the request up; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Beside the time that the API is asked to wait. */
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  /**
   * Of a POST: the same for each attempt at the same thing, also by another process. Default: a new one for each request,
   * kept for its retries.
   */
  readonly idempotencyKey?: string | undefined;
}

/** One request, as the routes make it. */
export interface RouteRequest extends RequestPlace {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly options?: RequestOptions | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;
const MAX_RETRIES = 4;
/** The API keeps no answer back for longer. */
const MOST_WAITED_MS = 60_000;

/** Sends requests, again where that is safe and may help. */
export class Transport {
  readonly world: World;
  readonly #base: URL;
  readonly #authorization: string;
  readonly #options: CallcastOptions;
  readonly #fetch: Fetch;

  /** @throws TypeError when the URL cannot be the address of an API. */
  constructor(options: CallcastOptions, world: World) {
    this.world = world;
    this.#base = baseUrl(options.url);
    this.#authorization = `Bearer ${options.apiKey}`;
    this.#options = options;
    // Browsers want it called without `this`.
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /** @returns The body of the answer. @throws CallcastError */
  async send<T>(request: RouteRequest): Promise<T> {
    const body = await this.#persist(request, async (response, limit) => {
      const read = await bodyOf(response);
      limit.release();
      return read;
    });
    // The description of the API says what it is, and tests hold the API to that.
    return body as T;
  }

  /** @returns The bytes of the answer as they come; only their begin is limited in time. @throws CallcastError */
  async stream(request: RouteRequest): Promise<ReadableStream<Uint8Array>> {
    return await this.#persist(request, (response, limit) => {
      limit.pause();
      return Promise.resolve(response.body ?? new ReadableStream<Uint8Array>());
    });
  }

  /**
   * One attempt, whose answer is read by the caller within the limit.
   * @throws CallcastError
   */
  async open(request: RouteRequest, limit: TimeLimit): Promise<Response> {
    const sent = { ...request, url: requestUrl(this.#base, request) };
    return await this.#ask(sent, request.headers ?? {}, limit);
  }

  /** What has gone wrong with a request: the reason of a caller who gave up, or a CallcastError. */
  explain(error: unknown, limit: TimeLimit): Error {
    if (error instanceof CallcastError) return error;
    if (limit.isOver) {
      return new CallcastError({ code: 'TIMED_OUT', message: 'No answer came in time.' });
    }
    if (limit.signal.aborted) return reasonOf(limit.signal);
    const message = `${this.#base.origin} cannot be reached${systemCode(error)}.`;
    return new CallcastError({ code: 'UNREACHABLE', message, cause: error });
  }

  async #persist<T>(
    request: RouteRequest,
    read: (response: Response, limit: TimeLimit) => Promise<T>,
  ): Promise<T> {
    const { options = {}, method } = request;
    const { maxRetries = this.#options.maxRetries ?? MAX_RETRIES, signal } = options;
    const { timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS } = options;
    const limitMs = timeoutMs + askedToWaitMs(request);
    const sent = { ...request, url: requestUrl(this.#base, request) };
    // One key for all attempts: what was done by one whose answer was lost is not done again.
    const key = options.idempotencyKey ?? this.world.newKey();
    const headers = method === 'POST' ? { 'idempotency-key': key } : {};
    const attempts: Attempts = { failed: 0, busy: 0 };
    for (;;) {
      if (signal?.aborted === true) throw reasonOf(signal);
      const limit = new TimeLimit(this.world, limitMs, signal);
      try {
        return await read(await this.#ask(sent, headers, limit), limit);
      } catch (error) {
        limit.release();
        const failure = this.explain(error, limit);
        if (!(failure instanceof CallcastError)) throw failure;
        const random = this.world.random();
        const waitMs = waitBeforeRetry(failure, attempts, { maxRetries, random });
        if (waitMs === undefined) throw failure;
        await pause(this.world, waitMs, signal);
      }
    }
  }

  async #ask(
    { url, method, body }: RouteRequest & { readonly url: URL },
    headers: Readonly<Record<string, string>>,
    { signal }: TimeLimit,
  ): Promise<Response> {
    const response = await this.#fetch(url, {
      method,
      headers: {
        authorization: this.#authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // The key goes nowhere else.
      redirect: 'manual',
      signal,
    });
    if (!response.ok) throw await errorOf(response, this.world.nowMs());
    return response;
  }
}

/** How long the API is asked to keep the answer back. */
function askedToWaitMs({ query }: RouteRequest): number {
  if (query === undefined || !('wait' in query) || query.wait === undefined) return 0;
  const asked = 'waitSeconds' in query ? query.waitSeconds : undefined;
  return typeof asked === 'number' ? asked * 1000 : MOST_WAITED_MS;
}

/** `ECONNREFUSED` and the like, of Node; browsers do not say. */
function systemCode(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : '';
  return typeof code === 'string' && code !== '' ? ` (${code})` : '';
}
