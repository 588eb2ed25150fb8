import { useSyncExternalStore } from 'react';
import { momentText, msBetween, ticksText } from './times.ts';

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for all that ticks on the page; none while nothing does. */
function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const hear of listeners) hear();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const wholeSecond = (): number => Math.floor(Date.now() / TICK_MS) * TICK_MS;

/** What time it is, to the second. Who asks is drawn again every second. */
const useNow = (): number => useSyncExternalStore(onTick, wholeSecond);

interface AgeProps {
  readonly since: string;
  /** When it was over; null or nothing while it goes on. */
  readonly until?: string | null;
}

/** How long something has lasted; live while it goes on. */
export function Age({ since, until = null }: AgeProps) {
  return until === null ? (
    <LiveAge since={since} />
  ) : (
    <>{ticksText(msBetween(since, until) ?? 0)}</>
  );
}

function LiveAge({ since }: { readonly since: string }) {
  return <>{ticksText(useNow() - Date.parse(since))}</>;
}

/** How long it takes until something happens; at its time `now`. */
export function Countdown({ to }: { readonly to: string }) {
  const leftMs = Date.parse(to) - useNow();
  return <>{leftMs > 0 ? `in ${ticksText(leftMs)}` : 'now'}</>;
}

/** A moment in the zone of the browser, with its name. */
export function Moment({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {momentText(at)}
    </time>
  );
}
