import { SipParseError } from '../message/sip-parse-error.ts';

/** Stands in the place of what is not shown. */
export const MASK = '***';

/** What `write` says; the mask where the text cannot be read. */
export function orMask(write: () => string): string {
  try {
    return write();
  } catch (error) {
    if (error instanceof SipParseError) return MASK;
    throw error;
  }
}
