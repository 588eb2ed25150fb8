import { microsFromMs } from '#foundation';
import type { Micros } from '#foundation';
import type { Delivery } from './rtp-source.ts';

interface PlayedPath {
  receive(datagram: Uint8Array, now: Micros): void;
  tick(now: Micros): void;
}

const TICK_MS = 20;

/**
 * Lets packets arrive at a media path at their times while the path is ticked every 20 ms, all in virtual
 * time; the first tick is at `fromMs` + 20.
 */
export function playDeliveries(
  path: PlayedPath,
  deliveries: readonly Delivery[],
  { fromMs = 0, untilMs }: { fromMs?: number; untilMs: number },
): void {
  const waiting = deliveries.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  let next = 0;
  for (let tickMs = fromMs + TICK_MS; tickMs <= untilMs; tickMs += TICK_MS) {
    for (let delivery = waiting[next]; delivery !== undefined && delivery.atMs <= tickMs;) {
      path.receive(delivery.bytes, microsFromMs(delivery.atMs));
      next += 1;
      delivery = waiting[next];
    }
    path.tick(microsFromMs(tickMs));
  }
}
