import { Fault } from '#domain';
import type { RedisLink } from './redis-link.ts';

/** The only policy under which Redis never throws keys of a queue away. */
const SAFE_POLICY = 'noeviction';

/** The eviction policy in the text of `INFO memory`; undefined where a server does not tell. */
export const evictionPolicyOf = (info: string): string | undefined =>
  /^maxmemory_policy:(\S+)/m.exec(info)?.[1];

/**
 * Opens a connection for a queue.
 * @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away.
 */
export async function openForQueue(link: RedisLink): Promise<void> {
  await link.open();
  const policy = evictionPolicyOf(await link.redis.info('memory'));
  if (policy === undefined || policy === SAFE_POLICY) return;
  await link.close();
  throw new Fault('CONFIG_INVALID', {
    detail: `Redis may throw jobs away: its maxmemory-policy is ${policy}, and must be ${SAFE_POLICY}.`,
  });
}
