/** Redis did not answer in time, or is not there. What was asked may yet happen, or not. */
export class QueueUnreachableError extends Error {
  override readonly name = 'QueueUnreachableError';

  constructor(what: string, cause?: unknown) {
    super(`Redis cannot be reached: ${what}`, cause === undefined ? undefined : { cause });
  }
}
