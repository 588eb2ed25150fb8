import type { RandomSource } from '#foundation';
import type { SrvRecord } from './name-service.ts';

/** Records of one answer that are looked at; hostile zones may hold thousands. */
const MAX_RECORDS = 64;

/**
 * SRV records in the order to be tried: by priority, and within one by a draw in which each record's chance to be
 * next is its share of the weights that are left.
 *
 * @see RFC 2782, "Weight"
 */
export function inSrvOrder(records: readonly SrvRecord[], random: RandomSource): SrvRecord[] {
  const byPriority = [...records]
    .sort((left, right) => left.priority - right.priority)
    .slice(0, MAX_RECORDS);
  const priorities = new Set(byPriority.map(({ priority }) => priority));
  return [...priorities].flatMap((priority) =>
    drawn(
      byPriority.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawn(records: readonly SrvRecord[], random: RandomSource): SrvRecord[] {
  // Records of weight 0 go first: they are chosen only when the draw gives 0.
  const left = [...records].sort((one, other) => Number(one.weight > 0) - Number(other.weight > 0));
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const point = random.below(total + 1);
    let runningSum = 0;
    const at = left.findIndex(({ weight }) => (runningSum += weight) >= point);
    order.push(...left.splice(at, 1));
  }
  return order;
}
