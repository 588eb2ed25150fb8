import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { Fault } from '#domain';
import type { Logger } from '#foundation';

/** Shared by every process of one Callcast. The braces keep all keys in one slot of a cluster. */
export const KEY_PREFIX = '{callcast}';

const LONGEST_RECONNECT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;

/** Opens a connection that reconnects for ever and says at most once per outage that it is away. */
export function openRedis(redisUrl: string, logger: Logger, options: RedisOptions = {}): Redis {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), LONGEST_RECONNECT_MS),
    ...options,
  });
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway) logger.warn('redis.away', { error: error.message });
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info('redis.back');
    isAway = false;
  });
  return redis;
}

/**
 * Jobs must never fall to an eviction.
 * @throws Fault CONFIG_INVALID when Redis may evict keys. A server that hides its configuration is trusted.
 */
export async function refuseEviction(redis: Redis): Promise<void> {
  let policy: string | undefined;
  try {
    const answer = (await redis.config('GET', 'maxmemory-policy')) as string[];
    policy = answer[1];
  } catch {
    return; // Managed servers often refuse CONFIG; they document their policy instead.
  }
  if (policy !== undefined && policy !== 'noeviction') {
    const detail = `Redis has maxmemory-policy ${policy}; it must be noeviction, or jobs are lost`;
    throw new Fault('CONFIG_INVALID', { detail });
  }
}
