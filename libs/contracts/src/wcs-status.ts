import type { CallRecord, CallState, OutputState } from '#domain';

/** Words of CALL_STATUS in the WCS client, `src/constants.js`. */
export type WcsStatus =
  | 'NEW'
  | 'PENDING'
  | 'TRYING'
  | 'RING'
  | 'SESSION_PROGRESS'
  | 'ESTABLISHED'
  | 'HOLD'
  | 'BUSY'
  | 'FINISH'
  | 'FAILED';

const STATUS: Readonly<Record<CallState, WcsStatus>> = {
  queued: 'NEW',
  claimed: 'PENDING',
  dialing: 'TRYING',
  ringing: 'RING',
  earlyMedia: 'SESSION_PROGRESS',
  up: 'ESTABLISHED',
  held: 'HOLD',
  ending: 'FINISH',
  ended: 'FINISH',
};

/** Words of STREAM_STATUS in the same file. */
export type WcsStreamStatus = 'NEW' | 'PENDING' | 'PUBLISHING' | 'UNPUBLISHED' | 'FAILED';

const STREAM_STATUS: Readonly<Record<OutputState, WcsStreamStatus>> = {
  idle: 'NEW',
  connecting: 'PENDING',
  publishing: 'PUBLISHING',
  retrying: 'PENDING',
  closing: 'UNPUBLISHED',
  closed: 'UNPUBLISHED',
  failed: 'FAILED',
};

/** The word for a call. Of one that ends, the verdict decides. */
export function wcsStatusOf({ state, verdict }: Pick<CallRecord, 'state' | 'verdict'>): WcsStatus {
  if (STATUS[state] !== 'FINISH' || verdict?.result !== 'failed') return STATUS[state];
  return verdict.code === 'SIP_BUSY' ? 'BUSY' : 'FAILED';
}

/** The word for an output. */
export const wcsStreamStatusOf = (state: OutputState): WcsStreamStatus => STREAM_STATUS[state];
