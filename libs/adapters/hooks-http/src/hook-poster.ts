import { Agent } from 'undici';
import type { HookAnswer, HookFailure, HookFailureReason, HookPoster, HookRequest } from '#domain';
import type { Clock, Service, Timers } from '#foundation';
import { AnswerReader } from './answer-reader.ts';
import type { ReadAnswer } from './answer-reader.ts';
import { failureOf } from './failure-words.ts';
import { judgedConnector } from './judged-connector.ts';
import type { ConnectorOptions, JudgedConnector } from './judged-connector.ts';

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
/** URLs of which it is remembered what was found of them: endpoints are told one thing after the other. */
const MAX_PLACES = 1_000;

/** What a URL leads to. */
interface Place {
  readonly origin: string;
  readonly path: string;
}

/** What a poster is opened with. */
export interface HookPosterOptions extends ConnectorOptions {
  readonly timers: Timers;
  readonly clock: Clock;
}

/** Posts over connections that it keeps for the next ones. */
class UndiciHookPoster implements HookPoster, Service {
  readonly #options: HookPosterOptions;
  readonly #connector: JudgedConnector;
  readonly #places = new Map<string, Place | { readonly refusal: string }>();
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
    const { clock, timers } = this.#options;
    const from = clock.nowMicros();
    const durationMs = (): number => Math.round((clock.nowMicros() - from) / 1000);
    const failed = (reason: HookFailureReason, detail: string): HookFailure => ({
      ...{ kind: 'failed', reason, detail },
      durationMs: durationMs(),
    });
    const place = this.#placeOf(request.url);
    if ('refusal' in place) return failed('refused', `the URL ${place.refusal}`);
    if (this.#agent === undefined) return failed('unreachable', 'this process is about to end');
    try {
      const answer = await exchange(this.#agent, { ...request, ...place }, timers);
      return { kind: 'answered', ...answer, durationMs: durationMs() };
    } catch (error) {
      if (!(error instanceof TimeoutError)) return failed(...failureOf(error));
      return failed('timeout', `the answer had not ended after ${request.timeoutMs} ms`);
    }
  }

  /** Of the same URL always the same. */
  #placeOf(url: string): Place | { readonly refusal: string } {
    const known = this.#places.get(url);
    if (known !== undefined) return known;
    const refusal = this.#options.targets.refusalOfUrl(url);
    const place = refusal === undefined ? placeOf(new URL(url)) : { refusal };
    if (this.#places.size >= MAX_PLACES) this.#places.clear();
    this.#places.set(url, place);
    return place;
  }
}

const placeOf = ({ origin, pathname, search }: URL): Place => ({
  origin,
  path: `${pathname}${search}`,
});

/** The patience with an endpoint is over. */
class TimeoutError extends Error {}

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

function exchange(
  agent: Agent,
  { origin, path, headers, body, timeoutMs }: HookRequest & Place,
  timers: Timers,
): Promise<ReadAnswer> {
  return new Promise((resolve, reject) => {
    const reader: AnswerReader = new AnswerReader(
      (answer) => {
        timer.cancel();
        resolve(answer);
      },
      (error) => {
        timer.cancel();
        reject(error);
      },
    );
    const timer = timers.after(timeoutMs, () => reader.giveUp(new TimeoutError()));
    const request = { origin, path, method: 'POST', body } as const;
    agent.dispatch({ ...request, headers: { ...headers, 'accept-encoding': 'identity' } }, reader);
  });
}
