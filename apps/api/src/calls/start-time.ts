import type { CreateCall } from '#contracts';
import { Rejection } from '../http/rejection.ts';

const LONGEST_WAIT_MS = 30 * 86_400_000;

/**
 * When a call is to be dialled; undefined for at once.
 * @throws Rejection When that lies further ahead than calls are kept waiting.
 */
export function startOf({ startAt }: CreateCall, nowMs: number): Date | undefined {
  if (startAt === undefined) return undefined;
  const start = new Date(startAt);
  if (start.getTime() - nowMs > LONGEST_WAIT_MS) {
    const message = 'must not be more than 30 days ahead';
    throw new Rejection('REQUEST_INVALID', [{ path: 'startAt', message }]);
  }
  return start.getTime() > nowMs ? start : undefined;
}
