import type { CallEventType, CallRecord, ErrorCode, EventRecord, Verdict } from '#domain';
import { wcsCallObject } from './wcs-call-object.ts';
import { wcsStatusOf, wcsStreamStatusOf } from './wcs-status.ts';
import type { WcsStatus, WcsStreamStatus } from './wcs-status.ts';

/** Words of SESSION_STATUS in the WCS client: of connections, and of registrations. */
type WcsSessionStatus = 'ESTABLISHED' | 'DISCONNECTED' | 'REGISTERED' | 'FAILED';

/** Words of CALL_STATUS_INFO in the WCS client: why a call has ended. */
export type WcsInfo =
  | 'Normal call clearing'
  | 'Failed by RTP activity'
  | 'Failed by RTMP writer error'
  | 'Failed by request timeout'
  | 'No common codecs'
  | 'Failed by session creation'
  | 'Failed by error';

/** One request of a hook in the WCS dialect: `POST <appUrl>/<method>`. */
export interface WcsHookRequest {
  readonly method:
    | 'connect'
    | 'ConnectionStatusEvent'
    | 'RegistrationStatusEvent'
    | 'call'
    | 'CallStatusEvent'
    | 'hangup'
    | 'StreamStatusEvent';
  readonly body: Readonly<Record<string, unknown>>;
}

type RequestsOf = (event: EventRecord, call: CallRecord) => readonly WcsHookRequest[];

const INFO_OF_RESULT: Readonly<Record<Verdict['result'], WcsInfo>> = {
  completed: 'Normal call clearing',
  canceled: 'Normal call clearing',
  failed: 'Failed by error',
};

/** Where the code says more than the result. */
const INFO_OF_CODE: { readonly [Code in ErrorCode]?: WcsInfo } = {
  RTP_SILENT: 'Failed by RTP activity',
  SDP_NO_COMMON_CODEC: 'No common codecs',
  CODEC_MISSING: 'No common codecs',
  SIP_NO_ANSWER: 'Failed by request timeout',
  SIP_UNREACHABLE: 'Failed by request timeout',
  SIP_REGISTER_TIMEOUT: 'Failed by request timeout',
  SDP_INVALID: 'Failed by session creation',
  SDP_NOT_SECURE: 'Failed by session creation',
};

/** Why a call has ended, in WCS's words. */
export function wcsInfoOf({ result, code }: Pick<Verdict, 'result' | 'code'>): WcsInfo {
  if (result !== 'failed') return INFO_OF_RESULT[result];
  if (code.startsWith('RTMP_')) return 'Failed by RTMP writer error';
  return INFO_OF_CODE[code] ?? INFO_OF_RESULT[result];
}

/** The SIP status that stands for a status of a call that lives; of one that has ended the last one seen is told. */
const SIP_STATUS: { readonly [Status in WcsStatus]?: number } = {
  NEW: 0,
  PENDING: 0,
  TRYING: 100,
  RING: 180,
  SESSION_PROGRESS: 183,
  ESTABLISHED: 200,
  HOLD: 200,
};

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The node of the event: the call may be elsewhere by the time it is told. */
const nodeOf = ({ data }: EventRecord, { node }: CallRecord): string | null =>
  textOf(data['node']) ?? node;

/** What all requests hold. */
const common = (event: EventRecord, call: CallRecord) => ({
  nodeId: nodeOf(event, call),
  appKey: call.appKey,
  sessionId: call.id,
  custom: { ...call.metadata },
});

const session = (
  method: 'ConnectionStatusEvent' | 'RegistrationStatusEvent',
  status: WcsSessionStatus,
  info: WcsInfo | null = null,
): RequestsOf =>
  function told(event, call) {
    const login = call.spec.from.user ?? null;
    return [{ method, body: { ...common(event, call), login, status, info } }];
  };

/** The account of the call, without its password. */
const connect: RequestsOf = (event, call) => {
  const { from, auth, outboundProxy, registrar } = call.spec;
  const account = {
    login: from.user ?? null,
    sipLogin: from.user ?? null,
    sipAuthenticationName: auth?.username ?? null,
    sipDomain: from.domain ?? null,
    sipOutboundProxy: outboundProxy ?? null,
    sipRegisterRequired: registrar !== undefined,
    sipVisibleName: from.displayName ?? null,
  };
  return [{ method: 'connect', body: { ...common(event, call), ...account } }];
};

const callRequest = (
  method: 'call' | 'CallStatusEvent' | 'hangup',
  status: WcsStatus,
  info: WcsInfo | null = null,
): RequestsOf =>
  function told(event, call) {
    const known = wcsCallObject(call);
    const body = {
      ...known,
      nodeId: nodeOf(event, call),
      status,
      sipStatus: SIP_STATUS[status] ?? known.sipStatus,
      // What it is by now is told by StreamStatusEvent, in its turn.
      rtmpStreamStatus: null,
      info,
    };
    return [{ method, body }];
  };

const stream = (status: WcsStreamStatus): RequestsOf =>
  function told(event, call) {
    const { outputId, url, error } = event.data;
    const output = call.outputs.find(({ id }) => id === outputId);
    const body = {
      ...common(event, call),
      callId: call.callId,
      mediaSessionId: textOf(outputId),
      name: output?.maskedKey ?? null,
      rtmpUrl: textOf(url) ?? output?.url ?? null,
      published: true,
      hasAudio: true,
      hasVideo: false,
      status,
      info: error === null || error === undefined ? null : 'Failed by RTMP writer error',
    };
    return [{ method: 'StreamStatusEvent', body }];
  };

const inTurn =
  (...parts: readonly RequestsOf[]): RequestsOf =>
  (event, call) =>
    parts.flatMap((part) => part(event, call));

const nothing: RequestsOf = () => [];

const whereRegistered =
  (part: RequestsOf): RequestsOf =>
  (event, call) =>
    call.spec.registrar === undefined ? [] : part(event, call);

const REGISTER_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SIP_REGISTER_REFUSED',
  'SIP_REGISTER_TIMEOUT',
  'SIP_REGISTRAR_DOWN',
]);
const OUR_HANG_UPS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CALL_HUNG_UP', 'CALL_CANCELED']);

/** The end, told once: `hangup` where a command has asked for it, then the last status, then the connection. */
const ended: RequestsOf = (event, call) => {
  const verdict = (event.data['verdict'] ?? call.verdict) as Verdict | null;
  const status = wcsStatusOf({ state: 'ended', verdict });
  const info = verdict === null ? null : wcsInfoOf(verdict);
  const code = verdict?.code ?? 'CALL_PEER_LEFT';
  return inTurn(
    REGISTER_FAULTS.has(code) ? session('RegistrationStatusEvent', 'FAILED', info) : nothing,
    OUR_HANG_UPS.has(code) ? callRequest('hangup', status, info) : nothing,
    callRequest('CallStatusEvent', status, info),
    session('ConnectionStatusEvent', 'DISCONNECTED'),
  )(event, call);
};

const callStatus = (state: Parameters<typeof wcsStatusOf>[0]['state']): RequestsOf =>
  callRequest('CallStatusEvent', wcsStatusOf({ state, verdict: null }));

/** What each of our events is in WCS's words. Those it has no words for are not told. */
const REQUESTS: Readonly<Record<CallEventType, RequestsOf>> = {
  'call.queued': inTurn(
    connect,
    session('ConnectionStatusEvent', 'ESTABLISHED'),
    callRequest('call', wcsStatusOf({ state: 'queued', verdict: null })),
  ),
  'call.waiting_for_trunk': nothing,
  'call.claimed': callStatus('claimed'),
  'call.dialing': inTurn(
    whereRegistered(session('RegistrationStatusEvent', 'REGISTERED')),
    callStatus('dialing'),
  ),
  'call.ringing': callStatus('ringing'),
  'call.early_media': callStatus('earlyMedia'),
  'call.answered': callStatus('up'),
  'call.held': callStatus('held'),
  'call.resumed': callStatus('up'),
  'call.leg_lost': callStatus('claimed'),
  'call.redial_planned': callStatus('queued'),
  'call.failed_over': callStatus('queued'),
  'call.transferred': callStatus('queued'),
  // Pages that mute know it from the answer.
  'call.muted': nothing,
  'call.unmuted': nothing,
  // Its word would be FINISH, which `call.ended` tells.
  'call.ending': nothing,
  'call.ended': ended,
  'dtmf.sent': nothing,
  'dtmf.failed': nothing,
  'output.added': stream(wcsStreamStatusOf('idle')),
  'output.connecting': stream(wcsStreamStatusOf('connecting')),
  'output.publishing': stream(wcsStreamStatusOf('publishing')),
  'output.interrupted': stream(wcsStreamStatusOf('retrying')),
  'output.rested': stream(wcsStreamStatusOf('idle')),
  'output.closed': stream(wcsStreamStatusOf('closed')),
  'output.failed': stream(wcsStreamStatusOf('failed')),
  // It goes on publishing.
  'output.moved': nothing,
  'output.congested': nothing,
  'recording.started': nothing,
  'recording.converting': nothing,
  'recording.ready': nothing,
  'recording.failed': nothing,
  'media.timeout': nothing,
  'media.silent': nothing,
  'media.resumed': nothing,
  'media.clipping': nothing,
};

/**
 * The requests that tell an event in the WCS dialect, in their order.
 *
 * @param call As it is now; what belongs to the time of the event is taken from the event.
 */
export const wcsHookRequests = (event: EventRecord, call: CallRecord): readonly WcsHookRequest[] =>
  REQUESTS[event.type](event, call);

/** All types of events. */
export const EVENT_TYPES = Object.keys(REQUESTS) as readonly CallEventType[];
