import { Resolver } from 'node:dns/promises';
import type { RecordWithTtl } from 'node:dns';
import type { Timers } from '#foundation';
import type { NaptrRecord, SrvRecord } from '#protocol/sip';
import type { LimitedAnswer } from './answer-cache.ts';

/** How long one name server may take before the next one, or the same once more, is asked, in milliseconds. */
const TRY_MS = 800;
const TRIES = 2;
/** How long a question may take in all, in milliseconds. */
const QUESTION_MS = 3000;

/** What name servers answer when there is nothing; any other error is a failure of theirs. */
const NOTHING_THERE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** What the name servers are asked with. */
export interface NameServersOptions {
  /** `address` or `address:port`, IPv6 in brackets with a port. Default: the system's. */
  readonly servers?: readonly string[] | undefined;
  readonly timers: Timers;
}

/** Asks the DNS. Nothing is remembered, and nothing rejects. */
export class NameServers {
  readonly #options: NameServersOptions;
  readonly #asking = new Set<Resolver>();

  constructor(options: NameServersOptions) {
    this.#options = options;
  }

  async naptr(name: string): Promise<LimitedAnswer<NaptrRecord>> {
    return await this.#ask(async (resolver) => ({ records: await resolver.resolveNaptr(name) }));
  }

  async srv(name: string): Promise<LimitedAnswer<SrvRecord>> {
    return await this.#ask(async (resolver) => {
      const records = await resolver.resolveSrv(name);
      return {
        records: records.map(({ name: target, ...others }) => ({ ...others, target })),
      };
    });
  }

  async addresses(name: string, family: 4 | 6): Promise<LimitedAnswer<string>> {
    return await this.#ask(async (resolver) => {
      const records: RecordWithTtl[] =
        family === 4
          ? await resolver.resolve4(name, { ttl: true })
          : await resolver.resolve6(name, { ttl: true });
      return {
        records: records.map(({ address }) => address),
        ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)),
      };
    });
  }

  /** A resolver of its own for each question: cancelling ends all questions of a resolver. */
  async #ask<T>(
    question: (resolver: Resolver) => Promise<Omit<LimitedAnswer<T>, 'hasFailed'>>,
  ): Promise<LimitedAnswer<T>> {
    try {
      return { ...(await this.#askWith(this.#newResolver(), question)), hasFailed: false };
    } catch (error) {
      return { records: [], hasFailed: !saysNothingThere(error) };
    }
  }

  /** @throws Error of the system when it has no resources for one. */
  #newResolver(): Resolver {
    const { servers = [] } = this.#options;
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
    if (servers.length > 0) resolver.setServers(servers);
    return resolver;
  }

  async #askWith<T>(resolver: Resolver, question: (resolver: Resolver) => Promise<T>): Promise<T> {
    const timer = this.#options.timers.after(QUESTION_MS, () => resolver.cancel());
    this.#asking.add(resolver);
    try {
      return await question(resolver);
    } finally {
      timer.cancel();
      this.#asking.delete(resolver);
    }
  }

  /** Ends all questions: they fail. */
  cancel(): void {
    for (const resolver of this.#asking) resolver.cancel();
  }
}

const saysNothingThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && NOTHING_THERE.has(String(error.code));
