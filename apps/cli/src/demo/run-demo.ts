import type { CommandContext } from '../command-context.ts';

/** What the demo is asked for. */
export interface DemoContext extends CommandContext {
  readonly isOnce: boolean;
}

/** `npm run demo`. */
export function runDemo(context: DemoContext): Promise<number> {
  return Promise.resolve(context.isOnce ? 0 : 1);
}
