import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG, verdictOf } from '#domain';
import type {
  CallEventType,
  CallId,
  CallRecord,
  ErrorCode,
  EventId,
  EventRecord,
  NodeId,
  OutputId,
  Verdict,
} from '#domain';
import { wcsHookRequests, wcsInfoOf } from './wcs-hooks.ts';

/** CALL_STATUS, STREAM_STATUS and SESSION_STATUS of the WCS client, `src/constants.js`. */
const WORDS = new Set(
  (
    'NEW PENDING TRYING RING RING_MEDIA SESSION_PROGRESS ESTABLISHED HOLD BUSY FINISH FAILED ' +
    'PUBLISHING PLAYING PAUSED UNPUBLISHED STOPPED PLAYBACK_PROBLEM CONNECTED DISCONNECTED REGISTERED UNREGISTERED'
  ).split(' '),
);
/** CALL_STATUS_INFO, in the same file. */
const INFOS = new Set([
  'Normal call clearing',
  'Failed by session creation',
  'Failed by ICE error',
  'Failed by RTP activity',
  'Failed by RTMP writer error',
  'Failed by DTLS fingerprint error',
  'No common codecs',
  'Failed by DTLS error',
  'Failed by error',
  'Failed by request timeout',
  'Transcoding required, but disabled',
]);

const CALL: CallRecord = {
  id: 'call_1' as CallId,
  callId: 'R2fhkll5Sw3lK',
  appKey: 'callApp',
  state: 'up',
  version: 7,
  epoch: 1,
  node: 'node_2' as NodeId,
  muted: false,
  heldBy: null,
  spec: {
    to: 'sip:room@example.sip.twilio.com',
    from: { user: 'alice', displayName: 'Alice', domain: 'example.sip.twilio.com' },
    auth: { username: 'alice-auth' },
    media: {
      direction: 'recvonly',
      audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
    },
    limits: { ringSeconds: 60, maxSeconds: 14400, mediaTimeoutSeconds: 30 },
  },
  metadata: { show: 'morning' },
  outputs: [
    {
      id: 'out_1' as OutputId,
      url: 'rtmp://live.example.com/live',
      maskedKey: 'str…me',
      backup: null,
      retry: null,
      state: 'publishing',
      attempts: 1,
      nextRetryAt: null,
      publishedAt: null,
      audioCodec: 'aac',
      fault: null,
    },
  ],
  verdict: null,
  sipStatus: 486,
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
};

const event = (type: CallEventType, data: Record<string, unknown> = {}): EventRecord => ({
  ...{ id: 'evt_1' as EventId, cursor: '1-1', callId: CALL.id, appKey: CALL.appKey },
  ...{ seq: 1, epoch: 1, type, data, at: new Date(0) },
});

/** `method` or `method STATUS`, in order. */
const told = (type: CallEventType, data: Record<string, unknown> = {}, call = CALL): string[] =>
  wcsHookRequests(event(type, data), call).map(({ method, body }) =>
    typeof body['status'] === 'string' ? `${method} ${body['status']}` : method,
  );

const COMPLETED = verdictOf('completed', 'CALL_PEER_LEFT');

const EXPECTED: Readonly<Record<CallEventType, readonly string[]>> = {
  'call.queued': ['connect', 'ConnectionStatusEvent ESTABLISHED', 'call NEW'],
  'call.waiting_for_trunk': [],
  'call.claimed': ['CallStatusEvent PENDING'],
  'call.dialing': ['CallStatusEvent TRYING'],
  'call.ringing': ['CallStatusEvent RING'],
  'call.early_media': ['CallStatusEvent SESSION_PROGRESS'],
  'call.answered': ['CallStatusEvent ESTABLISHED'],
  'call.held': ['CallStatusEvent HOLD'],
  'call.resumed': ['CallStatusEvent ESTABLISHED'],
  'call.leg_lost': ['CallStatusEvent PENDING'],
  'call.redial_planned': ['CallStatusEvent NEW'],
  'call.failed_over': ['CallStatusEvent NEW'],
  'call.transferred': ['CallStatusEvent NEW'],
  'call.muted': [],
  'call.unmuted': [],
  'call.ending': [],
  'call.ended': ['CallStatusEvent FINISH', 'ConnectionStatusEvent DISCONNECTED'],
  'dtmf.sent': [],
  'dtmf.failed': [],
  'output.added': ['StreamStatusEvent NEW'],
  'output.connecting': ['StreamStatusEvent PENDING'],
  'output.publishing': ['StreamStatusEvent PUBLISHING'],
  'output.interrupted': ['StreamStatusEvent PENDING'],
  'output.rested': ['StreamStatusEvent NEW'],
  'output.closed': ['StreamStatusEvent UNPUBLISHED'],
  'output.failed': ['StreamStatusEvent FAILED'],
  'output.moved': [],
  'output.congested': [],
  'recording.started': [],
  'recording.converting': [],
  'recording.ready': [],
  'recording.failed': [],
  'media.timeout': [],
  'media.silent': [],
  'media.resumed': [],
  'media.clipping': [],
};
const TYPES = Object.keys(EXPECTED) as CallEventType[];

describe('an event in the WCS dialect', () => {
  it.each(TYPES)('is told in its order: %s', (type) => {
    expect(told(type, { verdict: COMPLETED })).toEqual(EXPECTED[type]);
  });

  it.each([
    ['SIP_BUSY', 'failed', ['CallStatusEvent BUSY']],
    ['SIP_NOT_FOUND', 'failed', ['CallStatusEvent FAILED']],
    ['CALL_HUNG_UP', 'completed', ['hangup FINISH', 'CallStatusEvent FINISH']],
    ['CALL_CANCELED', 'canceled', ['hangup FINISH', 'CallStatusEvent FINISH']],
    [
      'SIP_REGISTER_REFUSED',
      'failed',
      ['RegistrationStatusEvent FAILED', 'CallStatusEvent FAILED'],
    ],
  ] as const)('tells the end by its verdict: %s', (code, result, expected) => {
    expect(told('call.ended', { verdict: verdictOf(result, code) })).toEqual([
      ...expected,
      'ConnectionStatusEvent DISCONNECTED',
    ]);
  });

  it('tells of the registration before the dialing of a call that registers', () => {
    const registering = { ...CALL, spec: { ...CALL.spec, registrar: 'sip:example.com' } };

    expect(told('call.dialing', {}, registering)).toEqual([
      'RegistrationStatusEvent REGISTERED',
      'CallStatusEvent TRYING',
    ]);
  });

  it('has a word of the WCS client for every verdict', () => {
    for (const code of Object.keys(ERROR_CATALOG) as ErrorCode[]) {
      for (const result of ['completed', 'canceled', 'failed'] satisfies Verdict['result'][]) {
        const verdict = verdictOf(result, code);
        expect(INFOS).toContain(wcsInfoOf(verdict));
        for (const { body } of wcsHookRequests(event('call.ended', { verdict }), CALL)) {
          expect(WORDS).toContain(body['status']);
        }
      }
    }
  });

  it('has the fields of a connection', () => {
    const [connect, connected] = wcsHookRequests(event('call.queued'), CALL);
    const common = {
      nodeId: 'node_2',
      appKey: 'callApp',
      sessionId: 'call_1',
      custom: { show: 'morning' },
      login: 'alice',
    };

    expect(connect?.body).toEqual({
      ...common,
      sipLogin: 'alice',
      sipAuthenticationName: 'alice-auth',
      sipDomain: 'example.sip.twilio.com',
      sipOutboundProxy: null,
      sipRegisterRequired: false,
      sipVisibleName: 'Alice',
    });
    expect(connected?.body).toEqual({ ...common, status: 'ESTABLISHED', info: null });
  });

  it('has the fields of a call, as they were at the time of the event', () => {
    const [ringing] = wcsHookRequests(event('call.ringing', { node: 'node_1' }), CALL);

    expect(ringing?.body).toMatchObject({
      ...{ nodeId: 'node_1', appKey: 'callApp', callId: 'R2fhkll5Sw3lK', status: 'RING' },
      ...{ sipStatus: 180, rtmpStreamStatus: null, incoming: false, caller: 'alice' },
      ...{ rtmpUrl: 'rtmp://live.example.com/live', rtmpStream: 'str…me', hasAudio: false },
    });
  });

  it('has the last SIP status and the reason at the end', () => {
    const verdict = verdictOf('failed', 'SIP_BUSY');
    const [last] = wcsHookRequests(event('call.ended', { verdict }), CALL);

    expect(last?.body).toMatchObject({ sipStatus: 486, info: 'Failed by error' });
  });

  it('has the fields of a stream, without its key', () => {
    const error = { code: 'RTMP_LOST', detail: '' };
    const data = { outputId: 'out_1', url: 'rtmp://live.example.com/live', error };
    const [interrupted] = wcsHookRequests(event('output.interrupted', data), CALL);

    expect(interrupted?.body).toEqual({
      ...{ nodeId: 'node_2', appKey: 'callApp', sessionId: 'call_1', custom: { show: 'morning' } },
      ...{ callId: 'R2fhkll5Sw3lK', mediaSessionId: 'out_1', name: 'str…me', published: true },
      ...{ rtmpUrl: 'rtmp://live.example.com/live', hasAudio: true, hasVideo: false },
      ...{ status: 'PENDING', info: 'Failed by RTMP writer error' },
    });
  });
});
