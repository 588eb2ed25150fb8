import type { CallEvent, CallEventType, CallState } from '#domain';

const BY_STATE: { readonly [S in CallState]: CallEventType } = {
  queued: 'call.failed_over',
  claimed: 'call.claimed',
  dialing: 'call.dialing',
  ringing: 'call.ringing',
  earlyMedia: 'call.early_media',
  up: 'call.answered',
  held: 'call.held',
  ending: 'call.ending',
  ended: 'call.ended',
};

/** What clients hear when an event has led to a state. */
export const eventOf = (event: CallEvent, to: CallState): CallEventType =>
  event === 'peerResumed' ? 'call.resumed' : BY_STATE[to];
