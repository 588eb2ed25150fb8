import type { Call, ErrorCode } from '#sdk';

type Verdict = NonNullable<Call['verdict']>;

/** What went wrong, or how it ended, short. What is not here is told by its detail. */
const HEADLINES: { readonly [C in ErrorCode]?: string } = {
  CALL_CANCELED: 'Taken off before it was answered',
  CALL_HUNG_UP: 'Hung up by command',
  CALL_PEER_LEFT: 'The callee hung up',
  CALL_MAX_DURATION: 'Reached its longest duration',
  CALL_NODE_LOST: 'Too many nodes were lost',
  CALL_BROKEN: 'Broken by a fault of Callcast',
  QUEUE_EXPIRED: 'No node had room in time',
  CODEC_MISSING: 'No decoder for the codecs asked for',
  MEDIA_FAILED: 'The media path broke',
  MEDIA_CODEC_CHANGED: 'The callee changed its codec',
  RTP_SILENT: 'No sound came',
  SDP_INVALID: 'The answer cannot be used',
  SDP_NO_COMMON_CODEC: 'No codec in common',
  SDP_NOT_SECURE: 'The answer is not encrypted',
  SIP_BUSY: 'Busy',
  SIP_NOT_FOUND: 'No such callee',
  SIP_DECLINED: 'Declined',
  SIP_AUTH_REFUSED: 'Wrong user or password',
  SIP_REGISTER_REFUSED: 'Registration refused',
  SIP_REGISTER_TIMEOUT: 'Registration timed out',
  SIP_REGISTRAR_DOWN: 'The registrar is down',
  SIP_NO_ANSWER: 'No answer',
  SIP_UNREACHABLE: 'Unreachable',
  SIP_PROVIDER_DOWN: 'The provider failed',
  SIP_INCOMPATIBLE: 'Incompatible',
  SIP_REDIRECTED: 'Redirected too far',
  SIP_REJECTED: 'Refused',
  SIP_SIGNALLING_LOST: 'The signalling server was lost',
  TRUNK_DISABLED: 'The trunk is disabled',
  RTMP_UNREACHABLE: 'The server cannot be reached',
  RTMP_KEY_IN_USE: 'The stream key is in use',
  RTMP_REFUSED: 'The server refused the stream',
  RTMP_AUTH_REFUSED: 'Wrong user or password',
  RTMP_TLS: 'The server cannot be trusted',
  RTMP_STALLED: 'The server takes no more data',
  RTMP_LOST: 'The connection broke',
  RTMP_PROTOCOL: 'The server broke the protocol',
  RTMP_TIMEOUT: 'The server did not answer in time',
  RECORDING_REFUSED: 'The recording cannot begin',
  RECORDING_FAILED: 'The recording cannot go on',
};

const WHO: { readonly [fault: string]: string } = {
  client: 'Whoever placed the call',
  callee: 'The callee',
  carrier: 'The carrier',
  destination: 'The streaming server',
  operator: 'The operator of this Callcast',
  us: 'Callcast',
};

/** Who has refused, where the detail begins with the status of the answer. */
const REFUSED_BY: { readonly [C in ErrorCode]?: string } = {
  SIP_BUSY: 'callee',
  SIP_NOT_FOUND: 'callee',
  SIP_DECLINED: 'callee',
  SIP_NO_ANSWER: 'callee',
  SIP_INCOMPATIBLE: 'callee',
  SIP_REJECTED: 'callee',
  SIP_AUTH_REFUSED: 'callee',
  SIP_PROVIDER_DOWN: 'provider',
};
const STATUS = /^[3-6]\d\d\b/;

/** An error or an end in one sentence: `Busy: the callee refused with 486 Busy Here`. */
export function faultText({
  code,
  detail,
}: {
  readonly code: ErrorCode;
  readonly detail: string;
}): string {
  const headline = HEADLINES[code];
  if (headline === undefined) return detail === '' ? code : detail;
  const by = REFUSED_BY[code];
  if (by !== undefined && STATUS.test(detail))
    return `${headline}: the ${by} refused with ${detail}`;
  return detail === '' || detail === headline ? headline : `${headline}: ${detail}`;
}

/** How a call went, in plain words. */
export function verdictText({ code, detail, result, title }: Verdict): string {
  // Of calls that went well the detail only says the same again.
  if (result !== 'failed') return HEADLINES[code] ?? title;
  return detail === '' ? (HEADLINES[code] ?? title) : faultText({ code, detail });
}

/** Whose turn it is after a failure; undefined where nobody knows, or nobody has to. */
export const whoMustAct = ({ fault, result }: Verdict): string | undefined =>
  result === 'failed' ? WHO[fault] : undefined;
