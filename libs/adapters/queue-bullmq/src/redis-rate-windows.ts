import type { RateWindows } from '#domain';
import type { Service } from '#foundation';
import type { QueueOptions } from './job-sender.ts';
import { IMPATIENT, RedisLink } from './redis-link.ts';

/** Somebody waits: better a count of one process than a late one of all. */
const PATIENCE_MS = 250;
const PREFIX = 'callcast:rate:';

/** Counts in Redis, which all processes share. */
export class RedisRateWindows implements RateWindows, Service {
  readonly #link: RedisLink;

  constructor(options: QueueOptions) {
    const redis = { ...IMPATIENT, commandTimeout: PATIENCE_MS };
    this.#link = new RedisLink({ ...options, purpose: 'rates', redis });
  }

  /** @throws QueueUnreachableError when Redis is not ready within 10 s. */
  async start(): Promise<void> {
    await this.#link.open();
  }

  async stop(): Promise<void> {
    await this.#link.close();
  }

  async add(window: string, count: number, ttlMs: number): Promise<number> {
    if (!this.#link.isReady) throw new Error('Redis is away');
    const key = `${PREFIX}${window}`;
    const { redis } = this.#link;
    const [total] = await Promise.all([redis.incrby(key, count), redis.pexpire(key, ttlMs)]);
    return total;
  }
}

/** Opens the counts; nothing is connected before start(). */
export const openRateWindows = (options: QueueOptions): RedisRateWindows =>
  new RedisRateWindows(options);
