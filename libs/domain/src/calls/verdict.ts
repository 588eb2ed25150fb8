import { catalogEntry } from '../errors/catalog.ts';
import type { ErrorCode, FaultParty } from '../errors/catalog.ts';
import type { Fault } from '../errors/fault.ts';

/** How a call ended, chosen once by the first cause. */
export interface Verdict {
  readonly result: 'completed' | 'canceled' | 'failed';
  readonly code: ErrorCode;
  readonly fault: FaultParty;
  /** What was seen, for people. */
  readonly detail: string;
  /** The final status that a SIP peer has refused the call with, where that was the cause. */
  readonly sipStatus?: number;
}

/** A verdict from the catalog. */
export function verdictOf(result: Verdict['result'], code: ErrorCode, detail?: string): Verdict {
  const entry = catalogEntry(code);
  return { result, code, fault: entry.fault, detail: detail ?? entry.summary };
}

/** The verdict of a call that failed. */
export const verdictOfFault = ({ code, detail, sipStatus }: Fault): Verdict => ({
  ...verdictOf('failed', code, detail),
  ...(sipStatus === undefined ? {} : { sipStatus }),
});
