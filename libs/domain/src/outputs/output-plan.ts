import type { OutputId } from '../ids.ts';

/** How a backup stands by its primary: `hot` publishes beside it all the time, `standby` only while it is away. */
export type BackupMode = 'hot' | 'standby';

/** What makes an output a backup. */
export interface OutputBackup {
  /** Its primary, an output of the same call. */
  readonly of: OutputId;
  readonly mode: BackupMode;
}

/** When an output that cannot be published is given up. Without a limit it is tried for as long as its call lives. */
export interface RetryLimit {
  /** Attempts in a row that fail, or are not on air for long. */
  readonly maxAttempts?: number;
  /** From the first of them, in seconds. */
  readonly maxSeconds?: number;
}
