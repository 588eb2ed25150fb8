import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { HookAnswer, HookFailure, HookFailureReason, HookPoster, HookRequest } from '#domain';
import type { Clock, Service, Timers } from '#foundation';
import { failureOf } from './failure-words.ts';
import { judgedConnector } from './judged-connector.ts';
import type { ConnectorOptions, JudgedConnector } from './judged-connector.ts';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/**
 * Connections to one host, on which many hooks may have their endpoints: none of them is to wait for those of another. How
 * many requests are under way is bounded by whoever posts.
 */
const MAX_CONNECTIONS = 2_000;
/** Endpoints with connections at the same time; each has idle ones for `IDLE_MS` at most, then it is forgotten. */
const MAX_ORIGINS = 2_000;
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 30_000;

/** What a poster is opened with. */
export interface HookPosterOptions extends ConnectorOptions {
  readonly timers: Timers;
  readonly clock: Clock;
}

/** Posts over connections that it keeps for the next ones. */
class UndiciHookPoster implements HookPoster, Service {
  readonly #options: HookPosterOptions;
  readonly #connector: JudgedConnector;
  #agent: Agent | undefined;

  constructor(options: HookPosterOptions) {
    this.#options = options;
    this.#connector = judgedConnector(options);
  }

  start(): Promise<void> {
    this.#agent ??= openAgent(this.#connector);
    return Promise.resolve();
  }

  /** Cuts what is under way. */
  async stop(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    this.#connector.giveUp();
    await agent?.destroy();
  }

  async post(request: HookRequest): Promise<HookAnswer | HookFailure> {
    const { clock, targets, timers } = this.#options;
    const from = clock.nowMicros();
    const durationMs = (): number => Math.round((clock.nowMicros() - from) / 1000);
    const failed = (reason: HookFailureReason, detail: string): HookFailure => ({
      ...{ kind: 'failed', reason, detail },
      durationMs: durationMs(),
    });
    const refusal = targets.refusalOfUrl(request.url);
    if (refusal !== undefined) return failed('refused', `the URL ${refusal}`);
    if (this.#agent === undefined) return failed('unreachable', 'this process is about to end');
    const { timeoutMs } = request;
    const patience = new AbortController();
    const { signal } = patience;
    const timer = timers.after(timeoutMs, () => patience.abort());
    try {
      const answer = await unlessAborted(exchange(this.#agent, request, signal), signal);
      return { kind: 'answered', ...answer, durationMs: durationMs() };
    } catch (error) {
      if (!signal.aborted) return failed(...failureOf(error));
      return failed('timeout', `the answer had not ended after ${timeoutMs} ms`);
    } finally {
      timer.cancel();
    }
  }
}

/** Settles like `work`, or rejects at once when aborted: a request that waits for its connection hears of that only then. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    work.then(resolve, reject);
  });
}

/** Opens a poster; it posts after start(). */
export const openHookPoster = (options: HookPosterOptions): HookPoster & Service =>
  new UndiciHookPoster(options);

const openAgent = (connector: JudgedConnector): Agent =>
  new Agent({
    connect: connector.connect,
    connections: MAX_CONNECTIONS,
    maxOrigins: MAX_ORIGINS,
    pipelining: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: MAX_IDLE_MS,
    // One patience watches over all.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

async function exchange(
  agent: Agent,
  { url, headers, body }: HookRequest,
  signal: AbortSignal,
): Promise<Omit<HookAnswer, 'kind' | 'durationMs'>> {
  const { origin, pathname, search } = new URL(url);
  const answer = await agent.request({
    origin,
    path: `${pathname}${search}`,
    method: 'POST',
    headers: { ...headers, 'accept-encoding': 'identity' },
    body,
    signal,
  });
  const { bytes, isCut } = await readBody(answer.body);
  return {
    status: answer.statusCode,
    headers: plainHeaders(answer.headers),
    body: bytes,
    isCut,
  };
}

/** Reads no further than the bound; the connection of a longer answer is closed. */
async function readBody(
  stream: Dispatcher.ResponseData['body'],
): Promise<{ readonly bytes: Uint8Array; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    byteCount += chunk.length;
    // Leaving the loop destroys the stream.
    if (byteCount > MAX_BODY_BYTES) break;
  }
  const bytes = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
  return { bytes: Uint8Array.from(bytes), isCut: byteCount > MAX_BODY_BYTES };
}

const plainHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]),
  );
