import type { FastifyReply } from 'fastify';
import { Fault } from '#domain';
import type { AppDirectory, RateWindows } from '#domain';
import type { Clock } from '#foundation';
import type { Caller } from '../http/caller.ts';
import type { ApiSettings } from '../tokens.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { RateVerdict } from './rate-limiter.ts';

type Kind = 'key' | 'app' | 'address';

interface Judged {
  readonly kind: Kind;
  readonly verdict: RateVerdict;
}

/** Holds keys and apps to their requests per second, and tells them (draft-ietf-httpapi-ratelimit-headers-10). */
export class KeyRates {
  readonly #limiter: RateLimiter;
  readonly #settings: Pick<ApiSettings, 'limits'>;
  readonly #apps: AppDirectory;

  constructor(
    parts: {
      readonly rates: RateWindows;
      readonly clock: Clock;
      readonly settings: Pick<ApiSettings, 'limits'>;
    },
    apps: AppDirectory,
  ) {
    this.#limiter = new RateLimiter(parts.rates, parts.clock);
    this.#settings = parts.settings;
    this.#apps = apps;
  }

  /** Counts a request. @throws Fault RATE_LIMITED. */
  async pass({ keyId, appKey }: Caller, reply: FastifyReply): Promise<void> {
    const app = await this.#apps.findApp(appKey);
    const usual = this.#settings.limits;
    const ofKey = app?.limits.maxKeyRequestsPerSecond ?? usual.maxKeyRequestsPerSecond;
    const ofApp = app?.limits.maxRequestsPerSecond ?? usual.maxRequestsPerSecond;
    const judged: Judged[] = [];
    // What its key refuses is not counted against an app.
    const isRefused = await this.#judge({ kind: 'key', name: keyId, perSecond: ofKey }, judged);
    if (!isRefused) await this.#judge({ kind: 'app', name: appKey, perSecond: ofApp }, judged);
    settle(judged, reply);
  }

  /** Counts a request without a key: as many as a key may send, for each address. @throws Fault RATE_LIMITED. */
  async passGuest(address: string, reply: FastifyReply): Promise<void> {
    const judged: Judged[] = [];
    const perSecond = this.#settings.limits.maxKeyRequestsPerSecond;
    await this.#judge({ kind: 'address', name: address, perSecond }, judged);
    settle(judged, reply);
  }

  /** @returns Whether it is refused. */
  async #judge(
    { kind, name, perSecond }: { readonly kind: Kind; readonly name: string; perSecond: number },
    judged: Judged[],
  ): Promise<boolean> {
    if (perSecond === 0) return false;
    const verdict = await this.#limiter.take({ name: `${kind}:${name}`, perSecond });
    judged.push({ kind, verdict });
    return !verdict.isAllowed;
  }
}

/** @throws Fault RATE_LIMITED. */
function settle(judged: readonly Judged[], reply: FastifyReply): void {
  tell(judged, reply);
  const refused = judged.find(({ verdict }) => !verdict.isAllowed);
  if (refused === undefined) return;
  const { kind, verdict } = refused;
  const detail = `The ${kind} may send ${verdict.quota} requests in ${verdict.windowSeconds} s.`;
  throw new Fault('RATE_LIMITED', { detail, retryAfterSeconds: verdict.resetSeconds });
}

function tell(judged: readonly Judged[], reply: FastifyReply): void {
  if (judged.length === 0) return;
  const policies = judged.map(
    ({ kind, verdict: { quota, windowSeconds } }) => `"${kind}";q=${quota};w=${windowSeconds}`,
  );
  const states = judged.map(
    ({ kind, verdict: { remaining, resetSeconds } }) =>
      `"${kind}";r=${remaining};t=${resetSeconds}`,
  );
  void reply.header('ratelimit-policy', policies.join(', ')).header('ratelimit', states.join(', '));
}
