/** Why nothing is, or goes on being, recorded. */
export class RecordingFailure extends Error {
  override readonly name = 'RecordingFailure';

  /** @param code `RECORDING_REFUSED`: another try will not help. `RECORDING_FAILED`: it may. */
  constructor(
    readonly code: 'RECORDING_REFUSED' | 'RECORDING_FAILED',
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

const DETAILS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk fails',
  EROFS: 'the disk is read-only',
  EACCES: 'the folder may not be written to',
  EPERM: 'the folder may not be written to',
  EEXIST: 'CALLCAST_RECORDINGS is no folder',
  ENOTDIR: 'CALLCAST_RECORDINGS is no folder',
};
const LASTING = new Set(['EROFS', 'EACCES', 'EPERM', 'EEXIST', 'ENOTDIR']);

/** What an error of the file system means for a recording; no path is told. */
export function failureOf(error: unknown): RecordingFailure {
  if (error instanceof RecordingFailure) return error;
  const { code = 'unknown' } = error as { readonly code?: string };
  const detail = DETAILS[code] ?? `the file cannot be written: ${code}`;
  return new RecordingFailure(LASTING.has(code) ? 'RECORDING_REFUSED' : 'RECORDING_FAILED', detail);
}
