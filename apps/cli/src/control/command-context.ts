import type { Callcast } from '#sdk';
import type { Given } from './command-line.ts';
import type { Terminal } from './terminal.ts';

/** What a command that asks the API works with. */
export interface CommandContext {
  readonly callcast: Callcast;
  readonly given: Given;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Asks for secrets, one line each. */
export type AskSecrets = (questions: readonly string[]) => Promise<readonly string[]>;
