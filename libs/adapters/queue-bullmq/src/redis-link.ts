import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { systemTimers, withDeadline } from '#foundation';
import type { Logger } from '#foundation';
import { QueueUnreachableError } from './queue-unreachable-error.ts';

/** What a connection is opened with. */
export interface RedisLinkOptions {
  readonly redisUrl: string;
  readonly logger: Logger;
  /** Names the connection in log lines and in Redis' own list of clients. */
  readonly purpose: string;
  readonly redis: RedisOptions;
}

const CONNECT_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

/** For requests of people: fails at once rather than waiting for Redis to come back. */
export const IMPATIENT: RedisOptions = {
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  commandTimeout: 1_500,
};

/** For loops that have nothing else to do: waits for Redis as long as it takes. */
export const PATIENT: RedisOptions = { maxRetriesPerRequest: null };

/** One connection to Redis that is opened by start(), comes back by itself and tells of it once. */
export class RedisLink {
  readonly redis: Redis;
  readonly #options: RedisLinkOptions;
  #isDown = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
    this.redis = new Redis(options.redisUrl, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, LONGEST_RECONNECT_MS),
      connectionName: `callcast-${options.purpose}`,
      ...options.redis,
      lazyConnect: true,
    });
    this.redis.on('error', (error: Error) => this.noticeError(error));
    this.redis.on('ready', () => this.#noticeReady());
  }

  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  /** Rejects when the connection goes away. */
  untilLost(): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.redis.once('close', () => reject(new Error('the connection was lost')));
    });
  }

  /** Tells of the first error of an outage; the others say the same. */
  noticeError(error: Error): void {
    if (this.#isDown) return;
    this.#isDown = true;
    const { purpose, logger } = this.#options;
    logger.warn('queue.connection_lost', { purpose, reason: error.message });
  }

  #noticeReady(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#options.logger.info('queue.connection_back', { purpose: this.#options.purpose });
  }

  /** @throws QueueUnreachableError when Redis is not ready within 10 s. */
  async open(): Promise<void> {
    if (this.isReady) return;
    const ready = new Promise<void>((resolve) => {
      this.redis.once('ready', resolve);
    });
    // A first attempt that fails is tried again; only the deadline counts.
    this.redis.connect().catch((error: unknown) => this.noticeError(error as Error));
    try {
      await withDeadline(systemTimers, START_TIMEOUT_MS, 'the connection', ready);
    } catch (error) {
      this.redis.disconnect();
      throw new QueueUnreachableError('it is not ready', error);
    }
  }

  /** Ends the connection: politely, and after a moment in any way. */
  async close(): Promise<void> {
    if (this.isReady) {
      const leaving = this.redis.quit();
      await withDeadline(systemTimers, CLOSE_TIMEOUT_MS, 'leaving', leaving).catch(() => undefined);
    }
    this.redis.disconnect();
  }
}
