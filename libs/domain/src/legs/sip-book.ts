import type { Page } from '../calls/page.ts';
import type { CallId } from '../ids.ts';

/** A SIP message as it may be shown: without credentials, keys, pressed keys and tokens. */
export interface SipNote {
  /** As seen from here. */
  readonly direction: 'in' | 'out';
  /** `INVITE sip:…`, `180 Ringing`. */
  readonly summary: string;
  /** Its lines, with LF between them. */
  readonly text: string;
}

/** A message of a call. */
export interface SipRecord extends SipNote {
  /** Whose node it passed. */
  readonly epoch: number;
  /** Place among the messages of its epoch, from 1. */
  readonly seq: number;
  readonly at: Date;
}

/** Of the messages of one epoch the first and the last ones are kept; of those in between the numbers are missing. */
export const KEPT_SIP_MESSAGES = { first: 48, last: 16 } as const;

/** Which SIP messages have passed. What is in it is gone with its call. */
export interface SipBook {
  /** Adds messages of one epoch, in their order, and drops those that are not kept. One that is there stays. */
  add(id: CallId, records: readonly SipRecord[]): Promise<void>;
  /**
   * Of one call, oldest first.
   * @param cursor As given by the page before.
   * @throws Fault REQUEST_INVALID when the cursor is not one of ours.
   */
  list(id: CallId, cursor: string | undefined, limit: number): Promise<Page<SipRecord>>;
}
