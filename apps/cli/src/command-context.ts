import type { CliConfig } from './config.ts';
import type { EndingWatch } from './ending.ts';

/** What every command works with. */
export interface CommandContext {
  /** Folder of the repo. */
  readonly root: string;
  readonly config: CliConfig;
  readonly workers: number;
  readonly watch: EndingWatch;
}
