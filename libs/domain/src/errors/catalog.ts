/** Who must act. `unknown` is allowed: it is better than a guess. Only `us` counts against our targets. */
export type FaultParty =
  'client' | 'callee' | 'carrier' | 'destination' | 'operator' | 'us' | 'unknown';

/** What is safe to try again, not what is wished. After an INVITE has left it is `never` unless policy redials. */
export type RetryAdvice = 'never' | 'otherNode' | 'afterDelay';

/** One row of the catalog. */
export interface CatalogEntry {
  /** What it means, for the documentation; one sentence. */
  readonly summary: string;
  readonly fault: FaultParty;
  readonly retry: RetryAdvice;
  /** The HTTP status where the API answers with it. */
  readonly httpStatus: number;
}

const entry = (
  httpStatus: number,
  fault: FaultParty,
  retry: RetryAdvice,
  summary: string,
): CatalogEntry => ({ summary, fault, retry, httpStatus });

/** Every error the outside can see. Codes are promises; texts may change. */
export const ERROR_CATALOG = {
  REQUEST_INVALID: entry(
    400,
    'client',
    'never',
    'The request does not fit its schema; `errors` names each field.',
  ),
  REQUEST_TOO_LARGE: entry(
    413,
    'client',
    'never',
    'The request body is larger than the route takes.',
  ),
  REQUEST_NOT_JSON: entry(415, 'client', 'never', 'The request body is not JSON.'),
  KEY_MISSING: entry(
    401,
    'client',
    'never',
    'The Authorization header with a Bearer key is missing.',
  ),
  KEY_INVALID: entry(401, 'client', 'never', 'The API key is not known.'),
  SCOPE_MISSING: entry(
    403,
    'client',
    'never',
    'The API key is not for this: its scope is too narrow.',
  ),
  SESSION_OVER: entry(401, 'client', 'never', 'The session has ended: sign in again.'),
  CSRF_MISSING: entry(
    403,
    'client',
    'never',
    'The request of a session lacks its x-csrf-token, or came from a page of another site.',
  ),
  APP_DISABLED: entry(403, 'operator', 'never', 'The app is disabled.'),
  APP_NOT_FOUND: entry(404, 'client', 'never', 'There is no such app.'),
  APP_EXISTS: entry(409, 'client', 'never', 'There is an app of that name.'),
  API_KEY_NOT_FOUND: entry(404, 'client', 'never', 'The app has no such key.'),
  API_KEY_OVER: entry(409, 'client', 'never', 'The key was revoked or has expired.'),
  KEYS_GUESSED: entry(429, 'client', 'afterDelay', 'Too many wrong keys came from this address.'),
  RATE_LIMITED: entry(
    429,
    'client',
    'afterDelay',
    'More requests than the key or its app may send.',
  ),
  IDEMPOTENCY_KEY_BUSY: entry(
    409,
    'client',
    'afterDelay',
    'A request with this Idempotency-Key is under way: its answer can be had with the same request again.',
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    422,
    'client',
    'never',
    'This Idempotency-Key was used for another request in the last 24 h.',
  ),
  ROUTE_NOT_FOUND: entry(404, 'client', 'never', 'There is no such route.'),
  METHOD_NOT_ALLOWED: entry(405, 'client', 'never', 'The route exists, but not for this method.'),
  CALL_NOT_FOUND: entry(404, 'client', 'never', 'There is no such call.'),
  CALL_ID_IN_USE: entry(409, 'client', 'never', 'A live call already has this callId.'),
  STREAM_IN_USE: entry(409, 'client', 'never', 'A live call already has this stream name.'),
  CALLS_TOO_MANY: entry(
    429,
    'client',
    'afterDelay',
    'The app has as many calls that have not ended as it may have.',
  ),
  CALLS_TOO_FAST: entry(
    429,
    'client',
    'afterDelay',
    'The app has placed as many calls in the last second as it may.',
  ),
  CALLS_WAITING: entry(
    429,
    'client',
    'afterDelay',
    'The app has as many calls in the queue as it may have.',
  ),
  BATCHES_TOO_MANY: entry(
    503,
    'us',
    'afterDelay',
    'The API works on as many batches as it may: none of these calls was placed.',
  ),
  WAITS_TOO_MANY: entry(
    503,
    'us',
    'afterDelay',
    'As many requests wait for calls to be answered as may: nothing was done.',
  ),
  CALL_ALREADY_ENDED: entry(409, 'client', 'never', 'The call has already ended.'),
  CALL_NOT_ANSWERED: entry(409, 'client', 'afterDelay', 'The call is not answered.'),
  STATS_NONE: entry(
    409,
    'client',
    'afterDelay',
    'The call has no figures: no media has flowed yet, or never did.',
  ),
  STATS_UNAVAILABLE: entry(
    503,
    'us',
    'afterDelay',
    'The node of the call has told no figures in the last 5 s.',
  ),
  PREVIEW_NONE: entry(409, 'client', 'afterDelay', 'The call has nothing on air to listen to now.'),
  CHECKS_TOO_MANY: entry(
    429,
    'client',
    'afterDelay',
    'The node tries as many targets at the same time as it may.',
  ),
  PREVIEW_FULL: entry(
    503,
    'us',
    'afterDelay',
    'The call, or its node, has as many listeners as it may have.',
  ),
  COMMANDS_TOO_MANY: entry(
    429,
    'client',
    'afterDelay',
    'The call has as many unanswered commands as it may have.',
  ),
  COMMAND_NOT_FOUND: entry(404, 'client', 'never', 'The call has no such command.'),
  COMMAND_EXPIRED: entry(
    504,
    'us',
    'afterDelay',
    'The command was not begun before its deadline: nothing was done.',
  ),
  COMMAND_OWNER_LOST: entry(
    503,
    'us',
    'afterDelay',
    'The node of the call was lost while it carried the command out: it may have been done, or a part of it.',
  ),
  OUTPUT_NOT_FOUND: entry(404, 'client', 'never', 'The call has no such output.'),
  OUTPUT_LAST: entry(
    409,
    'client',
    'never',
    'The call would have nothing left to publish to: hang it up instead, or add another output first.',
  ),
  OUTPUT_NOT_RETRYING: entry(
    409,
    'client',
    'never',
    'The output does not wait for its next attempt.',
  ),
  OUTPUTS_TOO_MANY: entry(
    429,
    'client',
    'afterDelay',
    'The call has as many live outputs as it may have.',
  ),
  TRUNK_NOT_FOUND: entry(404, 'client', 'never', 'There is no such trunk.'),
  TRUNK_NAME_IN_USE: entry(409, 'client', 'never', 'A trunk of the app already has this name.'),
  TRUNK_CHANGED: entry(
    409,
    'client',
    'never',
    'The trunk has another version by now: read it again, then change it.',
  ),
  TRUNK_IN_USE: entry(
    409,
    'client',
    'afterDelay',
    'Calls that have not ended use the trunk; disable it to take no more.',
  ),
  HOOK_NOT_FOUND: entry(404, 'client', 'never', 'There is no such hook.'),
  HOOK_DISABLED: entry(409, 'client', 'never', 'The hook is disabled: enable it first.'),
  HOOKS_TOO_MANY: entry(409, 'client', 'never', 'The app has as many hooks as it may have.'),
  DELIVERY_NOT_FOUND: entry(404, 'client', 'never', 'The hook has no such delivery.'),
  TRUNK_DISABLED: entry(409, 'client', 'never', 'The trunk is disabled: it takes no calls.'),
  TARGET_IN_USE: entry(409, 'client', 'never', 'A live call already publishes to this target.'),
  TARGET_REFUSED: entry(422, 'client', 'never', 'This address may not be used as a target.'),
  TARGET_NOT_ALLOWED: entry(
    422,
    'client',
    'never',
    'The app may not use this address: it is on no list of the app.',
  ),
  INTERNAL: entry(500, 'us', 'afterDelay', 'Something of ours is broken.'),

  CALL_CANCELED: entry(200, 'client', 'never', 'The call was taken off before it was answered.'),
  CALL_HUNG_UP: entry(200, 'client', 'never', 'The call was hung up by command.'),
  CALL_PEER_LEFT: entry(200, 'callee', 'never', 'The callee hung up.'),
  CALL_MAX_DURATION: entry(200, 'client', 'never', 'The call reached its longest duration.'),
  CALL_NODE_LOST: entry(500, 'us', 'never', 'Too many nodes were lost while they held this call.'),
  CALL_BROKEN: entry(500, 'us', 'never', 'The call met a fault of ours and was ended.'),

  SIP_BUSY: entry(502, 'callee', 'never', 'The callee is busy (486, 600 and unknown 6xx).'),
  SIP_NOT_FOUND: entry(
    502,
    'callee',
    'never',
    'The callee does not exist (404, 410, 484, 485, 604).',
  ),
  SIP_DECLINED: entry(502, 'callee', 'never', 'The callee declined the call (403, 603, 607, 608).'),
  SIP_AUTH_REFUSED: entry(
    502,
    'client',
    'never',
    'The SIP user or password was refused (401, 407).',
  ),
  SIP_REGISTER_REFUSED: entry(
    502,
    'client',
    'never',
    'The registrar refused to register the address, or its user or password (REGISTER: 4xx, 6xx).',
  ),
  SIP_REGISTER_TIMEOUT: entry(
    504,
    'carrier',
    'never',
    'The address could not be registered in time: the registrar did not answer.',
  ),
  SIP_REGISTRAR_DOWN: entry(
    502,
    'carrier',
    'never',
    'The registrar failed or cannot be reached (REGISTER: 5xx, no route, no DNS entry).',
  ),
  SIP_NO_ANSWER: entry(
    504,
    'callee',
    'never',
    'Nobody answered in time (ring timeout, 408, 480, 487).',
  ),
  SIP_UNREACHABLE: entry(
    502,
    'carrier',
    'never',
    'The SIP address cannot be reached: no route, refused, no DNS entry, or silence.',
  ),
  SIP_PROVIDER_DOWN: entry(502, 'carrier', 'never', 'The provider failed (5xx).'),
  SIP_INCOMPATIBLE: entry(
    502,
    'callee',
    'never',
    'The callee does not accept what we offer (406, 415, 420, 488, 606).',
  ),
  SIP_REDIRECTED: entry(
    502,
    'callee',
    'never',
    'The callee redirects out of the domains of the call (3xx), in a circle or to nowhere.',
  ),
  SIP_REJECTED: entry(502, 'callee', 'never', 'The callee refused the call with another code.'),
  SIP_SIGNALLING_LOST: entry(500, 'us', 'never', 'The signalling server was lost under the call.'),
  SDP_INVALID: entry(
    502,
    'callee',
    'never',
    'The callee answered with an SDP that cannot be used.',
  ),
  SDP_NO_COMMON_CODEC: entry(
    502,
    'callee',
    'never',
    'The callee chose no audio codec that we have offered.',
  ),
  SDP_NOT_SECURE: entry(
    502,
    'callee',
    'never',
    'The callee answered without SRTP where it is required, or with a key that cannot be used.',
  ),
  RTP_SILENT: entry(504, 'unknown', 'never', 'No media packets came in time.'),
  DTMF_REFUSED: entry(
    502,
    'callee',
    'never',
    'The callee does not take keys now, or not in this way; some may have been pressed.',
  ),
  HOLD_REFUSED: entry(
    502,
    'callee',
    'afterDelay',
    'The callee did not agree to hold the call or to go on with it; the detail says what it answered.',
  ),
  CODEC_MISSING: entry(
    500,
    'operator',
    'otherNode',
    'None of the audio codecs that the call asks for can be decoded here; the detail says what to install.',
  ),
  MEDIA_FAILED: entry(500, 'us', 'never', 'The media path could not be built or broke.'),
  MEDIA_CODEC_CHANGED: entry(
    502,
    'callee',
    'afterDelay',
    'The callee sends another codec than Opus now: an output that passed Opus through connects anew, with AAC.',
  ),

  RTMP_UNREACHABLE: entry(502, 'destination', 'afterDelay', 'The RTMP server cannot be reached.'),
  RTMP_KEY_IN_USE: entry(
    502,
    'destination',
    'afterDelay',
    'The RTMP server says that the stream name is already in use.',
  ),
  RTMP_REFUSED: entry(
    502,
    'destination',
    'never',
    'The RTMP server refused the application, the key or the stream.',
  ),
  RTMP_AUTH_REFUSED: entry(
    502,
    'client',
    'never',
    'The RTMP server asks for a user and a password, or refused those that were given.',
  ),
  RTMP_TLS: entry(
    502,
    'destination',
    'afterDelay',
    'The RTMP server cannot be trusted: its certificate or its version of TLS.',
  ),
  RTMP_STALLED: entry(502, 'destination', 'afterDelay', 'The RTMP server takes no more data.'),
  RTMP_LOST: entry(502, 'destination', 'afterDelay', 'The connection to the RTMP server broke.'),
  RTMP_PROTOCOL: entry(502, 'destination', 'afterDelay', 'The RTMP server broke the protocol.'),
  RTMP_TIMEOUT: entry(
    504,
    'destination',
    'afterDelay',
    'The RTMP server did not answer a step in time.',
  ),

  RECORDING_REFUSED: entry(
    409,
    'operator',
    'never',
    'The recording cannot be begun: its name is in use, or the folder cannot be written to.',
  ),
  RECORDING_FAILED: entry(
    503,
    'operator',
    'afterDelay',
    'The recording cannot go on: the disk is full, fails or is too slow.',
  ),

  QUEUE_EXPIRED: entry(503, 'us', 'afterDelay', 'No node had room for the call in time.'),
  NODE_UNREACHABLE: entry(503, 'us', 'afterDelay', 'The node of the call cannot be reached.'),
  NODE_NOT_FOUND: entry(404, 'client', 'never', 'There is no such node, or it was not heard of.'),
  NODE_NO_ROOM: entry(
    409,
    'operator',
    'afterDelay',
    'The node takes no calls now, or no other one does.',
  ),
  STORE_UNAVAILABLE: entry(503, 'us', 'afterDelay', 'The database cannot be reached.'),
  CAPACITY_FULL: entry(503, 'us', 'otherNode', 'The node holds as many calls as it can.'),
  CONFIG_INVALID: entry(500, 'operator', 'never', 'The settings are not usable.'),
} as const satisfies Record<string, CatalogEntry>;

/** A stable code of the catalog. */
export type ErrorCode = keyof typeof ERROR_CATALOG;

/** Whether something is a code of the catalog. */
export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CATALOG, code);

/** The row of a code. */
export const catalogEntry = (code: ErrorCode): CatalogEntry => ERROR_CATALOG[code];
