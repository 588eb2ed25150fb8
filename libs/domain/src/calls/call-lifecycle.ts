/*
 * The life of a call.
 *
 * queued      Stored, waiting for a node, or for its time (`startAt`, a redial). Entered by POST, or again when its node was
 *             lost, or when it was not answered and its redial policy plans another try. Nothing of it runs anywhere.
 *             A death here loses nothing: the reconciler enqueues what has no job.
 * claimed     A node holds the lease and prepares ports and offer, or waits to dial again with the air held (`legLost`).
 *             A death here: lease runs out, `nodeLost`.
 * dialing     The INVITE has left; the dialog's identity is stored. A death here: another node ends the orphan, `nodeLost`.
 * ringing     The far end rings (180).
 * earlyMedia  The far end sends media before it answers (183 with SDP). It does not count as answered: the ring deadline
 *             holds. Whether the outputs open already is the call's choice; otherwise they wait for the answer.
 * up          Answered; media flows to the outputs.
 * held        The far end has put us on hold, or we it, or both; the outputs go on with silence, and nobody waits for packets.
 * ending      The verdict is known; leg and outputs are being closed. A death here: the reconciler finishes it.
 * ended       Terminal. Exactly one `call.ended` event tells the verdict.
 */
import { defineLifecycle } from '../lifecycle/machine.ts';
import type { LifecycleTable } from '../lifecycle/machine.ts';

/** Where a call is in its life. */
export type CallState =
  'queued' | 'claimed' | 'dialing' | 'ringing' | 'earlyMedia' | 'up' | 'held' | 'ending' | 'ended';

/** Facts a call can meet. */
export type CallEvent =
  | 'nodeClaimed'
  | 'inviteSent'
  | 'rang'
  | 'earlyMediaOffered'
  | 'answered'
  | 'peerHeld'
  | 'peerResumed'
  | 'weHeld'
  | 'weResumed'
  | 'holdShifted'
  | 'peerLeft'
  | 'legLost'
  | 'stopAsked'
  | 'failed'
  | 'deadlinePassed'
  | 'nodeLost'
  | 'transferAsked'
  | 'redialPlanned'
  | 'released';

/** Who keeps a call on hold: we, the far end, or both. */
export type HeldBy = 'us' | 'them' | 'both';

/** What has to be done after a step is recorded. Each may be done twice without harm. */
export type CallEffect =
  'placeCall' | 'redial' | 'startEarlyMedia' | 'startMedia' | 'release' | 'endOrphan';

const END = { to: 'ended' } as const;
const RELEASE = { to: 'ending', effects: ['release'] } as const;
const REQUEUE = { to: 'queued', effects: ['endOrphan'] } as const;
/** The call is dialled again; its outputs stay on air meanwhile. */
const REDIAL = { to: 'claimed', effects: ['redial'] } as const;
/** Nobody has answered, and the policy of the call plans another try. */
const TRY_LATER = { redialPlanned: REQUEUE } as const;
const AT_ANY_TIME = {
  stopAsked: RELEASE,
  failed: RELEASE,
  deadlinePassed: RELEASE,
  peerLeft: RELEASE,
  legLost: REDIAL,
  nodeLost: REQUEUE,
} as const;
const HOLD = { to: 'held' } as const;
/** Another node goes on; this one hangs its leg up itself. */
const WHEN_ANSWERED = { ...AT_ANY_TIME, transferAsked: { to: 'queued' } } as const;
const EARLY = { to: 'earlyMedia', effects: ['startEarlyMedia'] } as const;
const STILL_EARLY = { to: 'earlyMedia' } as const;
const ANSWER = { to: 'up', effects: ['startMedia'] } as const;

const TABLE = {
  queued: {
    nodeClaimed: { to: 'claimed', effects: ['placeCall'] },
    stopAsked: END,
    deadlinePassed: END,
    failed: END,
  },
  claimed: { inviteSent: { to: 'dialing' }, ...TRY_LATER, ...AT_ANY_TIME },
  dialing: {
    rang: { to: 'ringing' },
    earlyMediaOffered: EARLY,
    answered: ANSWER,
    ...TRY_LATER,
    ...AT_ANY_TIME,
  },
  ringing: {
    rang: { to: 'ringing' },
    earlyMediaOffered: EARLY,
    answered: ANSWER,
    ...TRY_LATER,
    ...AT_ANY_TIME,
  },
  earlyMedia: {
    rang: STILL_EARLY,
    earlyMediaOffered: STILL_EARLY,
    answered: ANSWER,
    ...TRY_LATER,
    ...AT_ANY_TIME,
  },
  up: { peerHeld: HOLD, weHeld: HOLD, ...WHEN_ANSWERED },
  held: {
    peerResumed: { to: 'up' },
    weResumed: { to: 'up' },
    // One side holds besides, or no longer besides.
    holdShifted: HOLD,
    ...WHEN_ANSWERED,
  },
  ending: { released: END, deadlinePassed: END, nodeLost: { to: 'ended', effects: ['endOrphan'] } },
  ended: {},
} as const satisfies LifecycleTable<CallState, CallEvent, CallEffect>;

/** The call's machine. Only the runner of a call steps it, and the reconciler when there is none. */
export const callLifecycle = defineLifecycle<CallState, CallEvent, CallEffect>(TABLE);

/** States in which a call still wants to be on air. */
export const LIVE_CALL_STATES = callLifecycle.states.filter((state) => state !== 'ended');

/** Whether the call has not ended yet. */
export const isLive = (state: CallState): boolean => state !== 'ended';

/** Whether the call is on air or may still come there. */
export const canBroadcast = (state: CallState): boolean => state !== 'ending' && state !== 'ended';

/** Whether a node runs the call, or should. */
export const needsNode = (state: CallState): boolean => state !== 'queued' && state !== 'ended';

/** Whether the far end has answered and the call is not ending. */
export const isAnswered = (state: CallState): boolean => state === 'up' || state === 'held';

/** The limits of one call, in milliseconds. */
export interface CallLimits {
  readonly ringMs: number;
  readonly maxMs: number;
}

const QUEUE_MS = 3_600_000;
/** The longest wait for another leg (12 s) and what a signalling server may take to send its INVITE (5 s) are shorter. */
const CLAIM_MS = 20_000;
/** On top of the ring time: the dialer's own ring timer speaks first and knows why. */
const RING_SLACK_MS = 15_000;
const ENDING_MS = 10_000;

/** How long each live state may last, in milliseconds; then `deadlinePassed`. `queued` counts from when the call is due. */
export const CALL_DEADLINES: {
  readonly [S in Exclude<CallState, 'ended'>]: (limits: CallLimits) => number;
} = {
  queued: () => QUEUE_MS,
  claimed: () => CLAIM_MS,
  dialing: (limits) => limits.ringMs + RING_SLACK_MS,
  ringing: (limits) => limits.ringMs + RING_SLACK_MS,
  earlyMedia: (limits) => limits.ringMs + RING_SLACK_MS,
  up: (limits) => limits.maxMs,
  held: (limits) => limits.maxMs,
  ending: () => ENDING_MS,
};
