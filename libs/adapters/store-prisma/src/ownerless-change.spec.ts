import { describe, expect, it } from 'vitest';
import { IdFactory, callLifecycle, needsNode, outputLifecycle, verdictOf } from '#domain';
import type { CallRecord, CallState, OutputRecord, OutputState, Verdict } from '#domain';
import { SeededRandom } from '#testkit';
import { MAX_FAILOVERS } from './lease.ts';
import { abandonmentOf, endingOf } from './ownerless-change.ts';

const ids = new IdFactory(() => 0, new SeededRandom(1));

const outputIn = (state: OutputState): OutputRecord => ({
  id: ids.outputId(),
  url: 'rtmp://media.example.org/live',
  maskedKey: '…',
  backup: null,
  retry: null,
  state,
  attempts: 1,
  nextRetryAt: null,
  publishedAt: null,
  audioCodec: null,
  fault: null,
});

const recordOf = (fields: Partial<CallRecord>): CallRecord => ({
  id: ids.callId(),
  callId: 'name',
  appKey: 'app',
  state: 'up',
  version: 7,
  epoch: 3,
  node: ids.nodeId(),
  muted: false,
  heldBy: null,
  spec: {
    to: 'sip:room@example.org',
    from: {},
    media: {
      direction: 'recvonly',
      audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
    },
    limits: { ringSeconds: 1, maxSeconds: 1, mediaTimeoutSeconds: 5 },
  },
  metadata: {},
  outputs: outputLifecycle.states.map(outputIn),
  verdict: null,
  sipStatus: 0,
  mediaPath: null,
  leg: null,
  priority: 0,
  startAt: null,
  redial: null,
  redials: 0,
  nextDialAt: null,
  failovers: 0,
  stopRequestedAt: null,
  createdAt: new Date(0),
  answeredAt: null,
  endedAt: null,
  ...fields,
});

const ownedStates = callLifecycle.states.filter(needsNode);
const verdictIn = ({ call }: { call: { verdict?: Verdict } }) => call.verdict?.code;

describe('the loss of a node', () => {
  it.each(ownedStates)('in %s is a chain of moves of the table', (state) => {
    const records = [
      recordOf({ state }),
      recordOf({ state, stopRequestedAt: new Date(0) }),
      recordOf({ state, failovers: MAX_FAILOVERS }),
    ];

    for (const record of records) {
      const change = abandonmentOf(record);
      let at: string = state;
      for (const move of change.transitions.filter(({ machine }) => machine === 'call')) {
        expect(move.from).toBe(at);
        expect(callLifecycle.step(at as CallState, move.event as 'nodeLost')).toMatchObject({
          to: move.to,
        });
        at = move.to;
      }
      expect(change.call.state).toBe(at);
      expect(change.owner).toEqual({ node: null, isFailover: true });
    }
  });

  it('leaves every output idle or over when the call is queued again', () => {
    const record = recordOf({ state: 'up' });

    const { outputs } = abandonmentOf(record);

    const after = record.outputs.map(({ id, state }) => [state, outputs.get(id)?.state ?? state]);
    expect(Object.fromEntries(after)).toEqual({
      idle: 'idle',
      connecting: 'idle',
      publishing: 'idle',
      retrying: 'idle',
      closing: 'closed',
      closed: 'closed',
      failed: 'failed',
    });
  });

  const ends = [
    {
      name: 'stopped before the answer',
      fields: { stopRequestedAt: new Date(0) },
      code: 'CALL_CANCELED',
    },
    {
      name: 'stopped after the answer',
      fields: { stopRequestedAt: new Date(0), answeredAt: new Date(0) },
      code: 'CALL_HUNG_UP',
    },
    { name: 'with too many losses', fields: { failovers: MAX_FAILOVERS }, code: 'CALL_NODE_LOST' },
    {
      name: 'stopped, with too many losses',
      fields: { failovers: MAX_FAILOVERS, stopRequestedAt: new Date(0) },
      code: 'CALL_CANCELED',
    },
    {
      name: 'ending with its verdict known',
      fields: { state: 'ending' as const, verdict: verdictOf('failed', 'SIP_BUSY') },
      code: 'SIP_BUSY',
    },
    {
      name: 'ending without a verdict',
      fields: { state: 'ending' as const },
      code: 'CALL_NODE_LOST',
    },
  ];

  it.each(ends)('ends a call $name', ({ fields, code }) => {
    const change = abandonmentOf(recordOf(fields));

    expect(change.call.state).toBe('ended');
    expect(verdictIn(change)).toBe(code);
    expect(change.events.at(-1)).toEqual({
      type: 'call.ended',
      data: { verdict: change.call.verdict },
    });
  });

  it('one below the limit does not end the call', () => {
    const change = abandonmentOf(recordOf({ failovers: MAX_FAILOVERS - 1 }));

    expect(change.call.state).toBe('queued');
  });
});

describe('an end without a node', () => {
  it('ends every output, and tells of each that it has ended', () => {
    const record = recordOf({ state: 'queued', node: null });

    const change = endingOf(record, 'stopAsked', verdictOf('canceled', 'CALL_CANCELED'));

    const states = record.outputs.map(({ id, state }) => change.outputs.get(id)?.state ?? state);
    expect(states.filter((state) => !outputLifecycle.isTerminal(state))).toEqual([]);
    expect(change.events.map((event) => event.type)).toEqual([
      ...Array.from({ length: 5 }, () => 'output.closed'),
      'call.ended',
    ]);
  });

  it('by an event that does not end it is our bug', () => {
    const record = recordOf({ state: 'up' });

    expect(() => endingOf(record, 'stopAsked', verdictOf('canceled', 'CALL_CANCELED'))).toThrow(
      'does not end',
    );
  });
});
