import type { Call, Delivery, Output } from '#sdk';

/** How a state is shown: never by its colour alone. */
export interface StateWords {
  readonly text: string;
  /** A colour of the theme. */
  readonly color: string;
}

export const CALL_STATES: { readonly [S in Call['state']]: StateWords } = {
  queued: { text: 'Queued', color: 'gray' },
  claimed: { text: 'Starting', color: 'blue' },
  dialing: { text: 'Dialling', color: 'blue' },
  ringing: { text: 'Ringing', color: 'blue' },
  earlyMedia: { text: 'Early media', color: 'blue' },
  up: { text: 'Live', color: 'green' },
  held: { text: 'On hold', color: 'yellow' },
  ending: { text: 'Ending', color: 'orange' },
  ended: { text: 'Ended', color: 'gray' },
};

export const OUTPUT_STATES: { readonly [S in Output['state']]: StateWords } = {
  idle: { text: 'Waiting', color: 'gray' },
  connecting: { text: 'Connecting', color: 'blue' },
  publishing: { text: 'On air', color: 'green' },
  retrying: { text: 'Retrying', color: 'yellow' },
  closing: { text: 'Closing', color: 'orange' },
  closed: { text: 'Closed', color: 'gray' },
  failed: { text: 'Failed', color: 'red' },
};

export const DELIVERY_STATES: { readonly [S in Delivery['state']]: StateWords } = {
  pending: { text: 'Waiting', color: 'blue' },
  delivered: { text: 'Delivered', color: 'green' },
  failed: { text: 'Given up', color: 'red' },
};

const RESULTS: { readonly [R in NonNullable<Call['verdict']>['result']]: StateWords } = {
  completed: { text: 'Completed', color: 'green' },
  canceled: { text: 'Canceled', color: 'gray' },
  failed: { text: 'Failed', color: 'red' },
};

const REDIALING: StateWords = { text: 'Dialling again', color: 'yellow' };
const SCHEDULED: StateWords = { text: 'Scheduled', color: 'gray' };

/** A call in one or two words: its state, and how it went once it has ended. */
export function callWords(
  call: Pick<Call, 'state' | 'verdict' | 'nextDialAt' | 'redials'>,
): StateWords {
  if (call.state === 'ended' && call.verdict !== null) return RESULTS[call.verdict.result];
  if (call.state === 'queued' && call.redials > 0) return REDIALING;
  if (call.state === 'queued' && call.nextDialAt !== null) return SCHEDULED;
  return CALL_STATES[call.state];
}

/** Where an output goes to, short: the host, or the file of a recording. */
export function targetHost(url: string): string {
  if (url.startsWith('file:')) return url.slice('file:'.length) || 'recording';
  return /^[a-z]+:\/\/([^/?#]+)/i.exec(url)?.[1] ?? url;
}
