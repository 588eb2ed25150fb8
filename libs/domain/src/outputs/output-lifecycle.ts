/*
 * The life of an output: one RTMP target of a call.
 *
 * idle        Waiting for the call to be answered; a standby also while its primary is on air.
 * connecting  TCP, handshake and publish are under way.
 * publishing  The server has accepted the stream; media flows.
 * retrying    The server is away or busy; the next attempt has a time.
 * closing     Leaving politely (FCUnpublish, deleteStream).
 * closed      Terminal: closed because the call or the output was ended.
 * failed      Terminal: the server refused for good.
 *
 * A standby whose primary is back goes from anywhere to `idle` (`restAsked`), and may be opened again.
 * When the node dies, its successor starts the output anew in `idle` (`nodeLost`); the server sees a dropped connection.
 */
import { defineLifecycle } from '../lifecycle/machine.ts';
import type { LifecycleTable } from '../lifecycle/machine.ts';

/** Where an output is in its life. */
export type OutputState =
  'idle' | 'connecting' | 'publishing' | 'retrying' | 'closing' | 'closed' | 'failed';

/** Facts an output can meet. */
export type OutputEvent =
  | 'openAsked'
  | 'published'
  | 'lost'
  | 'refused'
  | 'retryDue'
  | 'restAsked'
  | 'closeAsked'
  | 'closed'
  | 'deadlinePassed'
  | 'nodeLost';

/** What has to be done after a step is recorded. */
export type OutputEffect = 'connect' | 'scheduleRetry' | 'close';

const RETRY = { to: 'retrying', effects: ['scheduleRetry'] } as const;
const CLOSE = { to: 'closing', effects: ['close'] } as const;
const CLOSED = { to: 'closed' } as const;
const IDLE = { to: 'idle' } as const;
const REST = { to: 'idle', effects: ['close'] } as const;

const TABLE = {
  idle: {
    openAsked: { to: 'connecting', effects: ['connect'] },
    closeAsked: CLOSED,
    deadlinePassed: CLOSED,
    nodeLost: IDLE,
  },
  connecting: {
    published: { to: 'publishing' },
    lost: RETRY,
    deadlinePassed: RETRY,
    refused: { to: 'failed' },
    restAsked: REST,
    closeAsked: CLOSE,
    nodeLost: IDLE,
  },
  publishing: {
    lost: RETRY,
    refused: { to: 'failed' },
    restAsked: REST,
    closeAsked: CLOSE,
    deadlinePassed: CLOSE,
    nodeLost: IDLE,
  },
  retrying: {
    retryDue: { to: 'connecting', effects: ['connect'] },
    deadlinePassed: { to: 'connecting', effects: ['connect'] },
    restAsked: IDLE,
    closeAsked: CLOSED,
    nodeLost: IDLE,
  },
  closing: {
    closed: CLOSED,
    lost: CLOSED,
    refused: CLOSED,
    deadlinePassed: CLOSED,
    nodeLost: CLOSED,
  },
  closed: {},
  failed: {},
} as const satisfies LifecycleTable<OutputState, OutputEvent, OutputEffect>;

/** The output's machine. */
export const outputLifecycle = defineLifecycle<OutputState, OutputEvent, OutputEffect>(TABLE);

/** Whether the output can still publish. */
export const isOutputLive = (state: OutputState): boolean => !outputLifecycle.isTerminal(state);

/** Longer than a session may take with all connections that a login needs: it knows better why. */
const CONNECT_MS = 60_000;
const RETRY_MS = 60_000;
const CLOSE_MS = 3_000;

/** How long each live state may last, in milliseconds; then `deadlinePassed`. `callMs` is the call's longest duration. */
export const OUTPUT_DEADLINES: {
  readonly [S in Exclude<OutputState, 'closed' | 'failed'>]: (callMs: number) => number;
} = {
  idle: (callMs) => callMs,
  connecting: () => CONNECT_MS,
  publishing: (callMs) => callMs,
  retrying: () => RETRY_MS,
  closing: () => CLOSE_MS,
};
