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

/** Where the state does not say it. */
const BY_EVENT: { readonly [E in CallEvent]?: CallEventType } = {
  peerResumed: 'call.resumed',
  weResumed: 'call.resumed',
  transferAsked: 'call.transferred',
  legLost: 'call.leg_lost',
  redialPlanned: 'call.redial_planned',
};

/** What clients hear when an event has led to a state. */
export const eventOf = (event: CallEvent, to: CallState): CallEventType =>
  BY_EVENT[event] ?? BY_STATE[to];
