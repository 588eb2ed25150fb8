import type { KeepAlives } from './keep-alives.ts';
import type { SessionTimers } from './session-timers.ts';
import type { SharedContext } from './shared-context.ts';

/** What the parts of the engine that move calls share. */
export interface EngineContext extends SharedContext {
  readonly sessions: SessionTimers;
  readonly keepAlives: KeepAlives;
}
