import { describe, expect, it } from 'vitest';
import { verdictOf } from '#domain';
import type {
  CallEventType,
  CallId,
  CallRecord,
  EventId,
  EventRecord,
  HookDialect,
  HookId,
  HookRecord,
  OutputId,
} from '#domain';
import { hookDeliveries, testDelivery } from './hook-deliveries.ts';
import { eventViewSchema } from './views.ts';

const CALL: CallRecord = {
  ...{ id: 'call_1' as CallId, callId: 'show', appKey: 'callApp', state: 'ended', version: 9 },
  ...{ epoch: 1, node: null, muted: false, heldBy: null },
  spec: {
    to: 'sip:room@example.com',
    from: { user: 'studio' },
    registrar: 'sip:example.com',
    media: {
      direction: 'recvonly',
      audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
    },
    limits: { ringSeconds: 60, maxSeconds: 14400, mediaTimeoutSeconds: 30 },
  },
  ...{ metadata: {}, outputs: [], verdict: verdictOf('completed', 'CALL_HUNG_UP') },
  ...{ priority: 0, startAt: null, redial: null, redials: 0, nextDialAt: null },
  ...{ sipStatus: 200, mediaPath: null, leg: null, failovers: 0, stopRequestedAt: null },
  ...{ createdAt: new Date(0), answeredAt: new Date(1), endedAt: new Date(2) },
};

const hookOf = (dialect: HookDialect): HookRecord => ({
  ...{ id: 'hook_1' as HookId, appKey: 'callApp', url: 'https://example.com/', description: '' },
  ...{ events: ['*'], dialect, disabled: null, failingSince: null, createdAt: new Date(0) },
});

const eventAt = (
  seq: number,
  type: CallEventType,
  data: Record<string, unknown> = {},
): EventRecord => ({
  ...{ id: `evt_${seq}` as EventId, cursor: '1-1', callId: CALL.id, appKey: CALL.appKey },
  ...{ seq, epoch: 1, type, data, at: new Date(seq) },
});

const read = (bytes: Uint8Array): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;

const OUTPUT = { outputId: 'out_1' as OutputId, url: 'rtmp://live.example.com/live' };
const LIFE: readonly EventRecord[] = [
  eventAt(1, 'call.queued'),
  eventAt(2, 'call.claimed', { node: 'node_1' }),
  eventAt(3, 'call.dialing'),
  eventAt(4, 'call.ringing'),
  eventAt(5, 'call.answered'),
  eventAt(6, 'output.connecting', OUTPUT),
  eventAt(7, 'output.publishing', OUTPUT),
  eventAt(8, 'call.ending'),
  eventAt(9, 'output.closed', OUTPUT),
  eventAt(10, 'call.ended', { verdict: CALL.verdict }),
];

describe('what a hook is told of a call', () => {
  it('is every event as the API shows it, in the standard dialect', () => {
    const told = LIFE.flatMap((event) => hookDeliveries(event, hookOf('standard'), null));

    expect(told.map(({ path }) => path)).toEqual(LIFE.map(() => ''));
    expect(told.map(({ body }) => eventViewSchema.strict().parse(read(body)))).toEqual(
      LIFE.map(({ id, callId, seq, epoch, type, data, at }) => ({
        ...{ id, callId, seq, epoch, type, data },
        at: at.toISOString(),
      })),
    );
  });

  it('is the life of a call of WCS, from its connection to the end of that', () => {
    const told = LIFE.flatMap((event) => hookDeliveries(event, hookOf('wcs'), CALL));

    expect(told.map(({ path, body }) => [path, read(body)['status'] ?? null])).toEqual([
      ['connect', null],
      ['ConnectionStatusEvent', 'ESTABLISHED'],
      ['call', 'NEW'],
      ['CallStatusEvent', 'PENDING'],
      ['RegistrationStatusEvent', 'REGISTERED'],
      ['CallStatusEvent', 'TRYING'],
      ['CallStatusEvent', 'RING'],
      ['CallStatusEvent', 'ESTABLISHED'],
      ['StreamStatusEvent', 'PENDING'],
      ['StreamStatusEvent', 'PUBLISHING'],
      ['StreamStatusEvent', 'UNPUBLISHED'],
      ['hangup', 'FINISH'],
      ['CallStatusEvent', 'FINISH'],
      ['ConnectionStatusEvent', 'DISCONNECTED'],
    ]);
    for (const { body } of told) {
      expect(read(body)).toMatchObject({ appKey: 'callApp', sessionId: 'call_1' });
    }
  });
});

describe('what tries an endpoint', () => {
  it('is like an event in the standard dialect, and like a status in that of WCS', () => {
    const place = { id: 'evt_1' as EventId, at: new Date(0) };
    const standard = testDelivery(hookOf('standard'), place);
    const wcs = testDelivery(hookOf('wcs'), place);

    expect(eventViewSchema.strict().parse(read(standard.body))).toMatchObject({
      ...{ id: 'evt_1', type: 'hook.test', data: { hookId: 'hook_1' } },
    });
    expect([wcs.path, read(wcs.body)]).toEqual([
      'ConnectionStatusEvent',
      expect.objectContaining({ appKey: 'callApp', status: 'ESTABLISHED' }),
    ]);
  });
});
