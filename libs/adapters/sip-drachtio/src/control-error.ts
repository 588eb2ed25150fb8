import type { SrfError } from './srf-types.ts';

/** Why a command did not come through. */
type ControlErrorCode = 'noDialog' | 'refused' | 'timeout' | 'lost';

/** A command on the control connection failed. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    readonly code: ControlErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What srf says when a command fails. */
export function controlErrorOf(error: SrfError): ControlError {
  const code = error.code === 'ENODIALOG' ? 'noDialog' : 'refused';
  return new ControlError(error.code === 'ESOCKETDESTROYED' ? 'lost' : code, error.message);
}
