// Made from the description of the API by `npm run generate:sdk`. Not to be edited.

/** What went wrong; stable. */
export type ErrorCode =
  | 'REQUEST_INVALID'
  | 'REQUEST_TOO_LARGE'
  | 'REQUEST_NOT_JSON'
  | 'KEY_MISSING'
  | 'KEY_INVALID'
  | 'SCOPE_MISSING'
  | 'SESSION_OVER'
  | 'CSRF_MISSING'
  | 'APP_DISABLED'
  | 'APP_NOT_FOUND'
  | 'APP_EXISTS'
  | 'API_KEY_NOT_FOUND'
  | 'API_KEY_OVER'
  | 'KEYS_GUESSED'
  | 'RATE_LIMITED'
  | 'IDEMPOTENCY_KEY_BUSY'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CALL_NOT_FOUND'
  | 'CALL_ID_IN_USE'
  | 'STREAM_IN_USE'
  | 'CALLS_TOO_MANY'
  | 'CALLS_TOO_FAST'
  | 'CALLS_WAITING'
  | 'BATCHES_TOO_MANY'
  | 'WAITS_TOO_MANY'
  | 'CALL_ALREADY_ENDED'
  | 'CALL_NOT_ANSWERED'
  | 'STATS_NONE'
  | 'STATS_UNAVAILABLE'
  | 'PREVIEW_NONE'
  | 'CHECKS_TOO_MANY'
  | 'PREVIEW_FULL'
  | 'COMMANDS_TOO_MANY'
  | 'COMMAND_NOT_FOUND'
  | 'COMMAND_EXPIRED'
  | 'COMMAND_OWNER_LOST'
  | 'OUTPUT_NOT_FOUND'
  | 'OUTPUT_LAST'
  | 'OUTPUT_NOT_RETRYING'
  | 'OUTPUTS_TOO_MANY'
  | 'TRUNK_NOT_FOUND'
  | 'TRUNK_NAME_IN_USE'
  | 'TRUNK_CHANGED'
  | 'TRUNK_IN_USE'
  | 'HOOK_NOT_FOUND'
  | 'HOOK_DISABLED'
  | 'HOOKS_TOO_MANY'
  | 'DELIVERY_NOT_FOUND'
  | 'TRUNK_DISABLED'
  | 'TARGET_IN_USE'
  | 'TARGET_REFUSED'
  | 'TARGET_NOT_ALLOWED'
  | 'INTERNAL'
  | 'CALL_CANCELED'
  | 'CALL_HUNG_UP'
  | 'CALL_PEER_LEFT'
  | 'CALL_MAX_DURATION'
  | 'CALL_NODE_LOST'
  | 'CALL_BROKEN'
  | 'SIP_BUSY'
  | 'SIP_NOT_FOUND'
  | 'SIP_DECLINED'
  | 'SIP_AUTH_REFUSED'
  | 'SIP_REGISTER_REFUSED'
  | 'SIP_REGISTER_TIMEOUT'
  | 'SIP_REGISTRAR_DOWN'
  | 'SIP_NO_ANSWER'
  | 'SIP_UNREACHABLE'
  | 'SIP_PROVIDER_DOWN'
  | 'SIP_INCOMPATIBLE'
  | 'SIP_REDIRECTED'
  | 'SIP_REJECTED'
  | 'SIP_SIGNALLING_LOST'
  | 'SDP_INVALID'
  | 'SDP_NO_COMMON_CODEC'
  | 'SDP_NOT_SECURE'
  | 'RTP_SILENT'
  | 'DTMF_REFUSED'
  | 'HOLD_REFUSED'
  | 'CODEC_MISSING'
  | 'MEDIA_FAILED'
  | 'MEDIA_CODEC_CHANGED'
  | 'RTMP_UNREACHABLE'
  | 'RTMP_KEY_IN_USE'
  | 'RTMP_REFUSED'
  | 'RTMP_AUTH_REFUSED'
  | 'RTMP_TLS'
  | 'RTMP_STALLED'
  | 'RTMP_LOST'
  | 'RTMP_PROTOCOL'
  | 'RTMP_TIMEOUT'
  | 'RECORDING_REFUSED'
  | 'RECORDING_FAILED'
  | 'QUEUE_EXPIRED'
  | 'NODE_UNREACHABLE'
  | 'NODE_NOT_FOUND'
  | 'NODE_NO_ROOM'
  | 'STORE_UNAVAILABLE'
  | 'CAPACITY_FULL'
  | 'CONFIG_INVALID';

export interface App {
  readonly appKey: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Null: as the settings say. 0: without a limit. */
  readonly limits: {
    /** Calls that have not ended, those that wait included. */
    readonly maxCalls: number | null;
    /** Of those, calls that wait in the queue. */
    readonly maxQueued: number | null;
    /** New calls per second; as many may come at once after a rest. */
    readonly maxCallsPerSecond: number | null;
    /** Requests per second of all its keys together. */
    readonly maxRequestsPerSecond: number | null;
    /** Requests per second of each of its keys. */
    readonly maxKeyRequestsPerSecond: number | null;
  };
  readonly allowed: {
    /**
     * Where calls may be sent: targets, proxies, registrars, trunks. Null: anywhere, `[]`: nowhere; `*.example.com`
     * is all below it.
     */
    readonly sipDomains: readonly string[] | null;
    /** Where outputs may go, in the same way. Files are not asked about. */
    readonly rtmpHosts: readonly string[] | null;
  };
  readonly createdAt: string;
  readonly changedAt: string;
}

export interface AudioStats {
  /** As heard; before the first packet as agreed. */
  readonly codec: string;
  /** RTP packets accepted, late and doubled ones included. */
  readonly packets: number;
  /** Payload bytes of them. */
  readonly bytes: number;
  /** Packets that did not come at all. */
  readonly lost: number;
  /** Packets that came after their turn. */
  readonly late: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Packets thrown away because the buffer was full. */
  readonly overflowed: number;
  /** Times the source changed or began its numbering anew. */
  readonly restarts: number;
  /** Sound invented in place of lost packets. */
  readonly concealedMs: number;
  /** Silence put out because there was nothing to play. */
  readonly silenceMs: number;
  /** Interarrival jitter (RFC 3550). */
  readonly jitterMs: number;
  /** Delay that the jitter buffer adds now. */
  readonly bufferMs: number;
  /** How much faster the sender's clock runs than ours, in millionths. */
  readonly driftPpm: number;
  /** Loudness of the last second on air; -127 is silence. */
  readonly levelDbfs: number;
  /** The loudest sample of that second. */
  readonly peakDbfs: number;
  /** Share of its samples at full scale. */
  readonly clippedShare: number;
  /** By RTCP; null if we send nothing, or the peer does not report. */
  readonly roundTripMs: number | null;
  /** Mean opinion score of the last 10 s, estimated (ITU-T G.107); null while no packets come. */
  readonly mos: number | null;
  readonly averageMos: number | null;
  readonly lowestMos: number | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  /** Of the key that it was done with; `bootstrap` is that of the settings. */
  readonly keyId: string;
  /** The app of that key. */
  readonly keyApp: string;
  /** Whose object it is. */
  readonly appKey: string;
  /** `app.changed`, `key.revoked`, `hook.created` and such. */
  readonly action: string;
  /** The id of what was changed. */
  readonly object: string;
  /** Without secrets. */
  readonly before: { readonly [name: string]: unknown } | null;
  readonly after: { readonly [name: string]: unknown } | null;
}

export interface Call {
  readonly id: string;
  readonly callId: string;
  readonly appKey: string;
  readonly state:
    | 'queued'
    | 'claimed'
    | 'dialing'
    | 'ringing'
    | 'earlyMedia'
    | 'up'
    | 'held'
    | 'ending'
    | 'ended';
  /** Grows with every node that takes the call. */
  readonly epoch: number;
  readonly node: string | null;
  readonly broadcast: 'waiting' | 'live' | 'interrupted' | 'over';
  /** Silence goes on air in the place of what the callee sends, until it is unmuted. */
  readonly muted: boolean;
  /** In the state `held`: who keeps it on hold. We by command, they by a re-INVITE. */
  readonly heldBy: 'us' | 'them' | 'both' | null;
  readonly to: string;
  /** Who calls, as far as the request has said. */
  readonly from: {
    readonly user: string | null;
    readonly displayName: string | null;
    readonly domain: string | null;
  };
  /** Name of the trunk that it was placed through. */
  readonly trunk: string | null;
  readonly createdAt: string;
  /** When it was to be dialled first; null for at once. */
  readonly startAt: string | null;
  /** Of a call that waits for its time: when it is dialled. */
  readonly nextDialAt: string | null;
  /** How often it was dialled again, by `redial`. */
  readonly redials: number;
  /** When it is dialled again that nobody has answered; null for never. */
  readonly redial: {
    readonly attempts: number;
    readonly backoffSeconds: readonly number[];
    readonly on: readonly ErrorCode[];
  } | null;
  readonly priority: number;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  readonly verdict: {
    readonly result: 'completed' | 'canceled' | 'failed';
    readonly code: ErrorCode;
    /** What the code means, in a sentence. */
    readonly title: string;
    /** Who must act. */
    readonly fault: string;
    /** What was seen: of a refusal its status and reason. */
    readonly detail: string;
    /** The final status that the callee or its provider refused the call with; null where that was not the cause. */
    readonly sipStatus: number | null;
  } | null;
  readonly outputs: readonly Output[];
  readonly media: {
    readonly direction: string;
    /** Of the media that was agreed; null before. */
    readonly path: string | null;
    /** As they were offered, the preferred one first. */
    readonly codecs: readonly string[];
    readonly srtp: 'off' | 'preferred' | 'required';
  };
  readonly limits: {
    /** How long it may ring. */
    readonly ringSeconds: number;
    /** How long it may last from the answer on. */
    readonly maxSeconds: number;
  };
  readonly metadata: { readonly [name: string]: string };
}

export interface CallBatch {
  /** Each as in `POST /v1/calls`. They are placed in this order. */
  readonly calls: readonly CreateCall[];
}

export interface CallBatchResult {
  readonly placed: number;
  readonly refused: number;
  /** In the order of the request. */
  readonly results: readonly PlacedCall[];
}

export interface CallStats {
  /** The id of the call. */
  readonly callId: string;
  /** Figures begin anew with every node that takes the call. */
  readonly epoch: number;
  readonly node: string | null;
  /** Whether the call has ended and these are its last ones. */
  readonly isFinal: boolean;
  /** When they were taken. */
  readonly at: string;
  readonly audio: AudioStats;
  /** Packets that came to the ports of the call and were dropped. */
  readonly refused: RefusedStats;
  readonly outputs: readonly OutputStats[];
}

export interface ChangeApp {
  /** For people. */
  readonly name?: string | undefined;
  /**
   * Keys of an app that is disabled are refused, within five seconds, and nobody places calls for it; those that
   * live go on.
   */
  readonly enabled?: boolean | undefined;
  /** Null: as the settings say. 0: without a limit. What is left out stays. */
  readonly limits?:
    | {
        /** Calls that have not ended, those that wait included. */
        readonly maxCalls?: number | null | undefined;
        /** Of those, calls that wait in the queue. */
        readonly maxQueued?: number | null | undefined;
        /** New calls per second; as many may come at once after a rest. */
        readonly maxCallsPerSecond?: number | null | undefined;
        /** Requests per second of all its keys together. */
        readonly maxRequestsPerSecond?: number | null | undefined;
        /** Requests per second of each of its keys. */
        readonly maxKeyRequestsPerSecond?: number | null | undefined;
      }
    | undefined;
  /** What is left out stays. */
  readonly allowed?:
    | {
        /**
         * Where calls may be sent: targets, proxies, registrars, trunks. Null: anywhere, `[]`: nowhere; `*.example.com`
         * is all below it.
         */
        readonly sipDomains?: readonly string[] | null | undefined;
        /** Where outputs may go, in the same way. Files are not asked about. */
        readonly rtmpHosts?: readonly string[] | null | undefined;
      }
    | undefined;
}

export interface ChangeHook {
  /**
   * Where it is told: https://, at a public address, on one of the ports of `CALLCAST_HOOKS_PORTS`; others as the
   * operator allows. Whoever may read the hook may read its URL.
   */
  readonly url?: string | undefined;
  /**
   * Which events: `*` is all, `call.*` all of a kind, `call.ended` one. `hook.disabled` tells that another hook of
   * the app was switched off, because its endpoint is gone or failing.
   */
  readonly events?: readonly string[] | undefined;
  /**
   * `standard`: `POST url` with the event as JSON, as `GET /v1/calls/{id}/events` shows it. `wcs`: `POST
   * url/METHOD` as Web Call Server does: connect, ConnectionStatusEvent, RegistrationStatusEvent, call,
   * CallStatusEvent, hangup, StreamStatusEvent. Both are signed as Standard Webhooks says.
   */
  readonly dialect?: 'standard' | 'wcs' | undefined;
  /** For people. */
  readonly description?: string | undefined;
  /** A hook that is disabled is told of nothing, also not later of what happens meanwhile. */
  readonly enabled?: boolean | undefined;
}

export interface ChangeTrunk {
  /** As you have read it: refused with TRUNK_CHANGED if it has another one by now. */
  readonly version?: number | undefined;
  readonly name?: string | undefined;
  readonly domain?: string | undefined;
  /** Default: as the DNS says. */
  readonly port?: number | null | undefined;
  /** Default: as the DNS says, else UDP. */
  readonly transport?: 'udp' | 'tcp' | 'tls' | null | undefined;
  /** Next hop of every request: a SIP URI. Default: the domain. */
  readonly outboundProxy?: string | null | undefined;
  /** User of the account. Default: none, for a trunk that knows you by your address. */
  readonly username?: string | null | undefined;
  /** User of the digest. Default: username. */
  readonly authUsername?: string | null | undefined;
  /** Write-only. */
  readonly password?: string | null | undefined;
  /** Only challenges of these realms are answered. Default: of the first realm that asks. */
  readonly realms?: readonly string[] | null | undefined;
  /** From of calls that name none. Default: the username at the domain. */
  readonly from?:
    | {
        readonly user?: string | undefined;
        readonly displayName?: string | undefined;
        readonly domain?: string | undefined;
      }
    | undefined;
  /**
   * Registers the account while there are calls of it; a call waits for that. Needs `username` and `password`.
   * Default: false.
   */
  readonly register?: boolean | undefined;
  /** Where to register. Default: the domain, with port and transport. */
  readonly registrar?: string | null | undefined;
  /** Of calls that name none: the preferred codec first. Default: PCMU, PCMA. */
  readonly codecs?:
    readonly ('PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'speex')[] | null | undefined;
  /** Of calls that name none. Default: off. */
  readonly srtp?: 'off' | 'preferred' | 'required' | null | undefined;
  /**
   * How many INVITEs may leave in a second, of all workers together: they are never closer than 1 / so many
   * seconds. Calls that come too fast wait in the queue. Repeated INVITEs of one call (challenges, redirects)
   * count once, dialling again counts again. Default: no limit.
   */
  readonly maxCallsPerSecond?: number | null | undefined;
  /**
   * How many calls may be up at the same time, of all workers together; the others wait in the queue. A call keeps
   * its channel when its worker is lost. Default: no limit.
   */
  readonly maxChannels?: number | null | undefined;
  /** What the user part of a dialled address has to begin with, such as `+49`. Default: anything. */
  readonly allowedPrefixes?: readonly string[] | null | undefined;
  /** A trunk that is disabled takes no calls; those that wait for it fail with TRUNK_DISABLED. Default: true. */
  readonly enabled?: boolean | undefined;
}

export interface CheckOutput {
  /**
   * RTMP server and application, `rtmp://host:1935/live`; without `streamKey` also the key,
   * `rtmp://host/live/key`.
   */
  readonly url: string;
  /**
   * Stream name or key. Write-only: answers show it masked. Not needed when the URL ends in it; a recording has
   * none.
   */
  readonly streamKey?: string | undefined;
  /** Of servers that ask publishers for a login. It may stand in the URL instead. */
  readonly username?: string | undefined;
  /** Write-only. */
  readonly password?: string | undefined;
  /** Whose rules are looked at. Default: by the name of the host. */
  readonly platform?: 'youtube' | 'facebook' | 'twitch' | 'wowza' | 'generic' | undefined;
  /** What the call is going to publish; for the rules of the platform. */
  readonly audio?:
    | {
        readonly codec?: 'aac' | 'opus' | undefined;
        readonly sampleRate?: 16000 | 32000 | 44100 | 48000 | undefined;
        readonly channels?: 1 | 2 | undefined;
        readonly bitrateKbps?: number | undefined;
      }
    | undefined;
  /** Only if the call is going to have a picture. */
  readonly video?:
    | {
        readonly keyFrameSeconds?: number | undefined;
      }
    | undefined;
}

export interface Command {
  /** Events tell it as `commandId`. */
  readonly id: string;
  /** The id of the call. */
  readonly callId: string;
  readonly type:
    | 'hangUp'
    | 'dtmf'
    | 'mute'
    | 'unmute'
    | 'hold'
    | 'resume'
    | 'addOutput'
    | 'removeOutput'
    | 'retryOutput'
    | 'transfer';
  /** `done`: of keys, the callee has them, as far as can be known. */
  readonly state: 'pending' | 'running' | 'done' | 'refused';
  /** Id of the key that it was asked with. */
  readonly requestedBy: string | null;
  readonly createdAt: string;
  /** Until when it has to be begun; null for any time. */
  readonly deadline: string | null;
  readonly completedAt: string | null;
  /** Why it was refused. */
  readonly error: {
    readonly code: ErrorCode;
    readonly detail: string;
  } | null;
}

export interface CommandRequest {
  /** What is not begun by then is refused with `COMMAND_EXPIRED`. */
  readonly deadlineSeconds?: number | undefined;
}

export interface CreateApp {
  /** For people. */
  readonly name?: string | undefined;
  /**
   * Keys of an app that is disabled are refused, within five seconds, and nobody places calls for it; those that
   * live go on.
   */
  readonly enabled?: boolean | undefined;
  /** Null: as the settings say. 0: without a limit. What is left out stays. */
  readonly limits?:
    | {
        /** Calls that have not ended, those that wait included. */
        readonly maxCalls?: number | null | undefined;
        /** Of those, calls that wait in the queue. */
        readonly maxQueued?: number | null | undefined;
        /** New calls per second; as many may come at once after a rest. */
        readonly maxCallsPerSecond?: number | null | undefined;
        /** Requests per second of all its keys together. */
        readonly maxRequestsPerSecond?: number | null | undefined;
        /** Requests per second of each of its keys. */
        readonly maxKeyRequestsPerSecond?: number | null | undefined;
      }
    | undefined;
  /** What is left out stays. */
  readonly allowed?:
    | {
        /**
         * Where calls may be sent: targets, proxies, registrars, trunks. Null: anywhere, `[]`: nowhere; `*.example.com`
         * is all below it.
         */
        readonly sipDomains?: readonly string[] | null | undefined;
        /** Where outputs may go, in the same way. Files are not asked about. */
        readonly rtmpHosts?: readonly string[] | null | undefined;
      }
    | undefined;
  /** Names the app for good. */
  readonly appKey: string;
}

export interface CreateCall {
  /** Your name for the call, unique among live calls. Default: the id. */
  readonly callId?: string | undefined;
  /** The SIP address to dial; with a trunk also a bare number or user, which is dialled at the domain of the trunk. */
  readonly to: string;
  /**
   * Not dialled before this time, 30 days ahead at most: until then it is `queued`, holds its targets, and can be
   * taken off. Default, and for times that have passed: at once.
   */
  readonly startAt?: string | undefined;
  /**
   * Among the calls that wait for a node, or for a trunk: the highest first. Calls that have lost their node come
   * before all.
   */
  readonly priority?: number | undefined;
  /**
   * A call that nobody has answered is dialled again: until then it is `queued` with `nextDialAt`, keeps its
   * targets, and can be taken off. Default: never.
   */
  readonly redial?:
    | {
        /** How often, after the first time. */
        readonly attempts: number;
        /** Waits before each try; the last one stands for all that follow. */
        readonly backoffSeconds?: readonly number[] | undefined;
        /** After these verdicts. */
        readonly on?:
          | readonly (
              | 'SIP_BUSY'
              | 'SIP_NO_ANSWER'
              | 'SIP_UNREACHABLE'
              | 'SIP_PROVIDER_DOWN'
              | 'SIP_REGISTER_TIMEOUT'
              | 'SIP_REGISTRAR_DOWN'
            )[]
          | undefined;
      }
    | undefined;
  /**
   * Name or id of a trunk of your app, which the call goes out through: in the place of `auth`, `outboundProxy`,
   * `register` and `registrar`. It waits in the queue for its turn (`call.waiting_for_trunk`). The trunk is read
   * when the call is dialled, and each time that it is dialled again.
   */
  readonly trunk?: string | undefined;
  readonly from?:
    | {
        readonly user?: string | undefined;
        readonly displayName?: string | undefined;
        readonly domain?: string | undefined;
      }
    | undefined;
  readonly auth?:
    | {
        /** User of the From header when `from.user` is not given. */
        readonly username: string;
        /** Write-only. */
        readonly password: string;
        /** User of the digest. Default: username. */
        readonly authUsername?: string | undefined;
        /** Only challenges of these realms are answered. Default: of the first realm that asks. */
        readonly realms?: readonly string[] | undefined;
      }
    | undefined;
  /** Next hop of every request instead of `to`: a SIP URI. */
  readonly outboundProxy?: string | undefined;
  /**
   * Registers the address of `from` before the call, and keeps it registered while there are calls of the account.
   * Needs `auth`.
   */
  readonly register?: boolean | undefined;
  /**
   * Where to register: a SIP URI without a user. Default: the domain of `from`, with port and transport of `to`
   * when they have the same host.
   */
  readonly registrar?: string | undefined;
  /**
   * Headers for the INVITE, name to value, at most 16 of 512 characters each and 4096 bytes together: X-… and
   * Accept-Language, Alert-Info, Call-Info, Diversion, Geolocation, History-Info, Organization,
   * P-Access-Network-Info, P-Asserted-Identity, P-Charging-Vector, P-Preferred-Identity, Priority, Privacy,
   * Remote-Party-ID, Reply-To, Resource-Priority, Subject, User-to-User. Not for secrets.
   */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /**
   * Keys to be pressed after each answer, such as a PIN: 0-9 A-D * #, and w for a pause of half a second.
   * Write-only.
   */
  readonly dtmf?: string | undefined;
  /**
   * What follows when an answered call is lost (the callee hangs up, the leg fails, no packets come): `end` ends
   * the call; `hold` keeps the outputs on air with silence and dials again, after 1, 2, 4 … 10 s, for
   * `limits.holdSeconds`, pressing `dtmf` after each answer. A callee that declines, or refuses the login, ends
   * the call all the same, and so does a command.
   */
  readonly onCallLoss?: 'end' | 'hold' | undefined;
  readonly media?:
    | {
        /**
         * `sendrecv` sends silence back. With `recvonly` many callees do not show that they hold the call: their silence
         * then counts as a fault.
         */
        readonly direction?: 'recvonly' | 'sendrecv' | undefined;
        /** What the callee sends before it answers (ringing tones, announcements): left out, or published. */
        readonly earlyMedia?: 'ignore' | 'publish' | undefined;
        /**
         * Default: that of the trunk, else `off`. Encryption of RTP with keys in SDP (SDES), AES_CM_128_HMAC_SHA1_80 and
         * _32. `off` offers RTP/AVP; `preferred` offers RTP/AVP with `a=crypto` (RFC 8643) and takes what is answered;
         * `required` offers RTP/SAVP and takes nothing else. Use it with TLS: who can read the SIP messages has the
         * keys.
         */
        readonly srtp?: 'off' | 'preferred' | 'required' | undefined;
        /**
         * What follows when no packets come for `limits.mediaTimeoutSeconds` or `limits.mediaGapSeconds`: `end` ends the
         * call with RTP_SILENT, `keep` stays on air with silence, and `media.resumed` tells when packets are back.
         */
        readonly onTimeout?: 'end' | 'keep' | undefined;
        readonly audio?:
          | {
              /**
               * Default: those of the trunk, else PCMU and PCMA. What is offered to the callee, the preferred codec first; it
               * may send any of them and change between them. Many take the first one they know, so name `opus` or `G722`
               * first for better sound.
               */
              readonly codecs?:
                readonly ('PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'speex')[] | undefined;
              /** Of the AAC on air, in Hz, whatever the callee sends. */
              readonly sampleRate?: 16000 | 32000 | 44100 | 48000 | undefined;
              /**
               * Of the AAC on air. With 2 the callee is asked for stereo where its codec has it (`opus`, `L16`); mono is heard
               * on both sides. With 1 stereo is mixed down.
               */
              readonly channels?: 1 | 2 | undefined;
              /** Of the AAC on air. */
              readonly bitrateKbps?: number | undefined;
              /**
               * What is to be heard: `music` keeps attacks sharp, for one frame (21 to 64 ms) more of delay. At 32 kb/s per
               * channel or less that is always done.
               */
              readonly content?: 'speech' | 'music' | undefined;
              /**
               * Whether silence and simple sounds are filled up to `bitrateKbps`, for receivers that watch the rate. Otherwise
               * a pause costs next to nothing. Only the encoder of Callcast fills (`CALLCAST_AAC`); others hold the average in
               * their own way.
               */
              readonly constantRate?: boolean | undefined;
              /**
               * Whether Opus goes on air untouched, over Enhanced RTMP, at every output whose server says in its answer to
               * `connect` that it can decode or forward Opus, as long as the callee sends Opus: put `opus` first in `codecs`.
               * All other outputs get AAC at the same time. When the callee changes to another codec these outputs reconnect
               * with AAC (`output.interrupted` with MEDIA_CODEC_CHANGED). `audioCodec` of `output.publishing` and of the stats
               * tells which it is.
               */
              readonly passthrough?: boolean | undefined;
            }
          | undefined;
      }
    | undefined;
  /**
   * Where the call goes on air. An empty list is a call that is heard by nobody yet, but in its preview: outputs
   * are added while it lives, and its last one may be removed.
   */
  readonly outputs: readonly OutputRequest[];
  readonly limits?:
    | {
        /** Patience until the callee answers. */
        readonly ringSeconds?: number | undefined;
        /** Longest duration. */
        readonly maxSeconds?: number | undefined;
        /**
         * Without any RTP packet from the answer on for so long `media.timeout` is told, and `media.onTimeout` says what
         * follows. Not while the call is on hold; after it the time begins anew.
         */
        readonly mediaTimeoutSeconds?: number | undefined;
        /** The same once a packet has come: the longest time between two. */
        readonly mediaGapSeconds?: number | undefined;
        /** After so long below -50 dBFS `media.silent` is told, and `media.resumed` when it is over. */
        readonly silenceSeconds?: number | undefined;
        /**
         * With `onCallLoss: hold`: how long the air is held without a call. Then the call ends with the verdict of the
         * loss. A call that is back for 10 s has the full time again.
         */
        readonly holdSeconds?: number | undefined;
      }
    | undefined;
  readonly metadata?: { readonly [name: string]: string } | undefined;
}

export interface CreateHook {
  /** For operators: whose calls it is told of. Default: your own app. */
  readonly appKey?: string | undefined;
  /**
   * Where it is told: https://, at a public address, on one of the ports of `CALLCAST_HOOKS_PORTS`; others as the
   * operator allows. Whoever may read the hook may read its URL.
   */
  readonly url: string;
  /**
   * Which events: `*` is all, `call.*` all of a kind, `call.ended` one. `hook.disabled` tells that another hook of
   * the app was switched off, because its endpoint is gone or failing.
   */
  readonly events?: readonly string[] | undefined;
  /**
   * `standard`: `POST url` with the event as JSON, as `GET /v1/calls/{id}/events` shows it. `wcs`: `POST
   * url/METHOD` as Web Call Server does: connect, ConnectionStatusEvent, RegistrationStatusEvent, call,
   * CallStatusEvent, hangup, StreamStatusEvent. Both are signed as Standard Webhooks says.
   */
  readonly dialect?: 'standard' | 'wcs' | undefined;
  /** For people. */
  readonly description?: string | undefined;
  /** A hook that is disabled is told of nothing, also not later of what happens meanwhile. */
  readonly enabled?: boolean | undefined;
}

export interface CreateKey {
  /** For operators: of which app. Default: your own. */
  readonly appKey?: string | undefined;
  /** For people. */
  readonly name?: string | undefined;
  /** What the key may do; each includes those before it. */
  readonly scope?: 'read' | 'write' | 'admin' | undefined;
  /** For operators: whether it is for the objects of all apps, and an operator itself. */
  readonly allApps?: boolean | undefined;
  /** Null: never. */
  readonly expiresAt?: string | null | undefined;
}

export interface CreateTrunk {
  /** For operators: whose it is. Default: your own app. */
  readonly appKey?: string | undefined;
  /** Unique within the app. */
  readonly name: string;
  /** The domain of the account: a number that is dialled becomes sip:NUMBER@domain. */
  readonly domain: string;
  /** Default: as the DNS says. */
  readonly port?: number | null | undefined;
  /** Default: as the DNS says, else UDP. */
  readonly transport?: 'udp' | 'tcp' | 'tls' | null | undefined;
  /** Next hop of every request: a SIP URI. Default: the domain. */
  readonly outboundProxy?: string | null | undefined;
  /** User of the account. Default: none, for a trunk that knows you by your address. */
  readonly username?: string | null | undefined;
  /** User of the digest. Default: username. */
  readonly authUsername?: string | null | undefined;
  /** Write-only. */
  readonly password?: string | null | undefined;
  /** Only challenges of these realms are answered. Default: of the first realm that asks. */
  readonly realms?: readonly string[] | null | undefined;
  /** From of calls that name none. Default: the username at the domain. */
  readonly from?:
    | {
        readonly user?: string | undefined;
        readonly displayName?: string | undefined;
        readonly domain?: string | undefined;
      }
    | undefined;
  /**
   * Registers the account while there are calls of it; a call waits for that. Needs `username` and `password`.
   * Default: false.
   */
  readonly register?: boolean | undefined;
  /** Where to register. Default: the domain, with port and transport. */
  readonly registrar?: string | null | undefined;
  /** Of calls that name none: the preferred codec first. Default: PCMU, PCMA. */
  readonly codecs?:
    readonly ('PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'speex')[] | null | undefined;
  /** Of calls that name none. Default: off. */
  readonly srtp?: 'off' | 'preferred' | 'required' | null | undefined;
  /**
   * How many INVITEs may leave in a second, of all workers together: they are never closer than 1 / so many
   * seconds. Calls that come too fast wait in the queue. Repeated INVITEs of one call (challenges, redirects)
   * count once, dialling again counts again. Default: no limit.
   */
  readonly maxCallsPerSecond?: number | null | undefined;
  /**
   * How many calls may be up at the same time, of all workers together; the others wait in the queue. A call keeps
   * its channel when its worker is lost. Default: no limit.
   */
  readonly maxChannels?: number | null | undefined;
  /** What the user part of a dialled address has to begin with, such as `+49`. Default: anything. */
  readonly allowedPrefixes?: readonly string[] | null | undefined;
  /** A trunk that is disabled takes no calls; those that wait for it fail with TRUNK_DISABLED. Default: true. */
  readonly enabled?: boolean | undefined;
}

export interface Delivery {
  readonly id: string;
  readonly hookId: string;
  /** The id of the call. */
  readonly callId: string;
  readonly eventId: string;
  /** Of the event. */
  readonly type: string;
  /** Of the event within its call. */
  readonly seq: number;
  /** What stands behind the URL of the hook: a method of WCS, else nothing. */
  readonly path: string;
  /** It waits for its next attempt, the endpoint has taken it, or it was given up. */
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Since it was asked for, or asked for again. */
  readonly attempts: number;
  /** Of one that waits; behind others of its call it is later. */
  readonly nextAt: string | null;
  readonly createdAt: string;
  readonly settledAt: string | null;
}

export interface DeliveryDetail {
  readonly id: string;
  readonly hookId: string;
  /** The id of the call. */
  readonly callId: string;
  readonly eventId: string;
  /** Of the event. */
  readonly type: string;
  /** Of the event within its call. */
  readonly seq: number;
  /** What stands behind the URL of the hook: a method of WCS, else nothing. */
  readonly path: string;
  /** It waits for its next attempt, the endpoint has taken it, or it was given up. */
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Since it was asked for, or asked for again. */
  readonly attempts: number;
  /** Of one that waits; behind others of its call it is later. */
  readonly nextAt: string | null;
  readonly createdAt: string;
  readonly settledAt: string | null;
  /** What is sent, byte by byte (UTF-8), in every attempt. */
  readonly body: string;
  /** Every attempt, oldest first; the newest 50. */
  readonly log: readonly {
    readonly at: string;
    readonly durationMs: number;
    readonly requestHeaders: { readonly [name: string]: string };
    readonly answer: {
      readonly status: number;
      readonly headers: { readonly [name: string]: string };
      /** Its first 64 KiB. */
      readonly body: string;
      /** `base64` where the body is no text. */
      readonly encoding: 'utf8' | 'base64';
    } | null;
    /** Why there was no answer. */
    readonly failure: {
      /**
       * `refused` (the address must not be called), `unreachable`, `tls`, `timeout` (15 s) or `broken` (the answer was
       * cut).
       */
      readonly reason: string;
      readonly detail: string;
    } | null;
  }[];
}

export interface DrainRequest {
  /** Whether the calls that it has go on elsewhere at once. Default: they stay until they end. */
  readonly handOver?: boolean | undefined;
}

export interface Event {
  readonly id: string;
  /** The id of the call. */
  readonly callId: string;
  /** Dense per call, from 1. */
  readonly seq: number;
  readonly epoch: number;
  /**
   * What happened: `call.…` (among them `muted`, `unmuted`, `held` with heldBy, `resumed`, `transferred` with from
   * and to, `redial_planned` with code, detail, attempt and delaySeconds), `output.…` (`added`, `connecting`,
   * `publishing`, `interrupted`, `moved` to another place at the wish of its server, `congested` with droppedTags
   * and queuedMs, `rested`, `closed`, `failed`), `dtmf.sent`, `dtmf.failed`, and of the sound `media.timeout` (no
   * packets; data: seconds, hadBegun, action), `media.silent` (data: seconds), `media.resumed` (data: after, which
   * is `timeout` or `silence`, and seconds), `media.clipping` (data: percent of the samples at full scale).
   */
  readonly type: string;
  readonly at: string;
  readonly data: { readonly [name: string]: unknown };
}

export interface Hook {
  readonly id: string;
  readonly appKey: string;
  readonly url: string;
  readonly events: readonly string[];
  /**
   * `standard`: `POST url` with the event as JSON, as `GET /v1/calls/{id}/events` shows it. `wcs`: `POST
   * url/METHOD` as Web Call Server does: connect, ConnectionStatusEvent, RegistrationStatusEvent, call,
   * CallStatusEvent, hangup, StreamStatusEvent. Both are signed as Standard Webhooks says.
   */
  readonly dialect: 'standard' | 'wcs';
  readonly description: string;
  readonly enabled: boolean;
  readonly disabled: {
    /** Somebody has switched it off; its endpoint has answered 410; nothing but failures came of it for days. */
    readonly reason: 'operator' | 'gone' | 'failing';
    /** The same in plain words. */
    readonly notice: string;
    readonly at: string;
  } | null;
  /** Since when nothing but failures has come of it; it is disabled after five days. */
  readonly failingSince: string | null;
  readonly createdAt: string;
}

export interface HookTest {
  /** Whether the endpoint has taken it: a status from 200 to 299. */
  readonly ok: boolean;
  readonly request: {
    readonly url: string;
    readonly headers: { readonly [name: string]: string };
    readonly body: string;
  };
  readonly answer: {
    readonly status: number;
    readonly headers: { readonly [name: string]: string };
    /** Its first 64 KiB. */
    readonly body: string;
    /** `base64` where the body is no text. */
    readonly encoding: 'utf8' | 'base64';
  } | null;
  readonly failure: {
    /**
     * `refused` (the address must not be called), `unreachable`, `tls`, `timeout` (15 s) or `broken` (the answer was
     * cut).
     */
    readonly reason: string;
    readonly detail: string;
  } | null;
  readonly durationMs: number;
}

export interface Key {
  /** Stands within the key, after `cc_`. */
  readonly id: string;
  readonly appKey: string;
  readonly name: string;
  /** What the key may do; each includes those before it. */
  readonly scope: 'read' | 'write' | 'admin';
  readonly allApps: boolean;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Within a minute. */
  readonly lastUsedAt: string | null;
}

export interface NewHook {
  readonly id: string;
  readonly appKey: string;
  readonly url: string;
  readonly events: readonly string[];
  /**
   * `standard`: `POST url` with the event as JSON, as `GET /v1/calls/{id}/events` shows it. `wcs`: `POST
   * url/METHOD` as Web Call Server does: connect, ConnectionStatusEvent, RegistrationStatusEvent, call,
   * CallStatusEvent, hangup, StreamStatusEvent. Both are signed as Standard Webhooks says.
   */
  readonly dialect: 'standard' | 'wcs';
  readonly description: string;
  readonly enabled: boolean;
  readonly disabled: {
    /** Somebody has switched it off; its endpoint has answered 410; nothing but failures came of it for days. */
    readonly reason: 'operator' | 'gone' | 'failing';
    /** The same in plain words. */
    readonly notice: string;
    readonly at: string;
  } | null;
  /** Since when nothing but failures has come of it; it is disabled after five days. */
  readonly failingSince: string | null;
  readonly createdAt: string;
  /** `whsec_…` for libraries of Standard Webhooks. It is shown here and never again. */
  readonly secret: string;
}

export interface NewKey {
  /** Stands within the key, after `cc_`. */
  readonly id: string;
  readonly appKey: string;
  readonly name: string;
  /** What the key may do; each includes those before it. */
  readonly scope: 'read' | 'write' | 'admin';
  readonly allApps: boolean;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Within a minute. */
  readonly lastUsedAt: string | null;
  /** For `Authorization: Bearer KEY`. It is shown here and never again. */
  readonly key: string;
}

export interface Node {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  /** When it last told of itself; it does so every two seconds. */
  readonly seenAt: string;
  readonly activeCalls: number;
  /** What it may hold, in cost units: a PCMU call to AAC in one channel is 1. */
  readonly capacity: number;
  /** What its calls cost, in the same units. */
  readonly usedCapacity: number;
  readonly load: {
    /** How late its 20 ms beats were in the last two seconds, 99th percentile. */
    readonly latenessP99Ms: number;
    /** Processor time used in the last two seconds; 1 is a core. */
    readonly cpuCores: number;
  };
  readonly admission: {
    readonly takesCalls: boolean;
    /**
     * Why it takes none: its capacity is used up; its beats come late; it uses too much of its core; it is being
     * stopped or drained; its signalling server is gone.
     */
    readonly reason: 'full' | 'late' | 'busy' | 'draining' | 'signallingLost' | null;
    /** Since when it is so. */
    readonly since: string;
  };
  /**
   * What an operator has asked of it: to take no calls, or to give those that it has to others besides. It hears
   * of it within two seconds.
   */
  readonly drain: 'drain' | 'handOver' | null;
}

export interface Output {
  readonly id: string;
  /** Without key and credentials; file:NAME for a recording. */
  readonly url: string;
  /** Masked: str…me; empty for a recording. */
  readonly streamKey: string;
  readonly role: 'primary' | 'backup';
  /** Of a backup: the id of its primary. */
  readonly backupOf: string | null;
  readonly state:
    'idle' | 'connecting' | 'publishing' | 'retrying' | 'closing' | 'closed' | 'failed';
  /** Connections tried so far. */
  readonly attempts: number;
  readonly nextRetryAt: string | null;
  /** What its sound is on air, as of the last time it published; null before the first. */
  readonly audioCodec: 'aac' | 'opus' | null;
  readonly error: {
    readonly code: ErrorCode;
    readonly detail: string;
  } | null;
}

export interface OutputCheck {
  /** The server took the stream, and no rule of the platform breaks it. */
  readonly ok: boolean;
  /** Without key and credentials. */
  readonly url: string;
  readonly platform: string;
  /** The worker that tried: firewalls may differ between them. */
  readonly node: string;
  /** What went well, in order. */
  readonly steps: readonly {
    readonly step:
      | 'resolve'
      | 'connect'
      | 'secure'
      | 'handshake'
      | 'application'
      | 'stream'
      | 'publish'
      | 'media';
    /** Since the beginning. */
    readonly ms: number;
    /** Such as the address or the version of TLS; may be empty. */
    readonly detail: string;
  }[];
  readonly problem: {
    /** What did not go well. */
    readonly step:
      | 'resolve'
      | 'connect'
      | 'secure'
      | 'handshake'
      | 'application'
      | 'stream'
      | 'publish'
      | 'media';
    readonly code: ErrorCode;
    readonly detail: string;
    /** What to do, in plain words. */
    readonly advice: string;
  } | null;
  /** What the server says of Enhanced RTMP; null if nothing. */
  readonly enhancedRtmp: {
    readonly opus: boolean;
    readonly reconnectRequests: boolean;
  } | null;
  readonly rules: readonly {
    /** `breaks`: the platform refuses it or shows nothing. */
    readonly level: 'breaks' | 'advice';
    readonly rule: string;
    readonly text: string;
  }[];
}

export interface OutputRequest {
  /**
   * RTMP server and application, `rtmp://host:1935/live`; without `streamKey` also the key,
   * `rtmp://host/live/key`. Or `file:NAME`: a recording, which becomes NAME.mp4 in the folder CALLCAST_RECORDINGS
   * of the worker (`file:` alone has the id of the call as its name).
   */
  readonly url: string;
  /**
   * Stream name or key. Write-only: answers show it masked. Not needed when the URL ends in it; a recording has
   * none.
   */
  readonly streamKey?: string | undefined;
  /** Of servers that ask publishers for a login. It may stand in the URL instead. */
  readonly username?: string | undefined;
  /** Write-only. */
  readonly password?: string | undefined;
  /**
   * When the output is given up, as `failed` with the last fault of its server. Default: never while the call
   * lives.
   */
  readonly retry?:
    | {
        /** Attempts in a row that fail, or are on air for less than half a minute. */
        readonly maxAttempts?: number | undefined;
        /** From the first of them to the last attempt. */
        readonly maxSeconds?: number | undefined;
      }
    | undefined;
  /** A second place for the same stream: another output, with role `backup`. */
  readonly backup?:
    | {
        /**
         * RTMP server and application, `rtmp://host:1935/live`; without `streamKey` also the key,
         * `rtmp://host/live/key`.
         */
        readonly url: string;
        /**
         * Stream name or key. Write-only: answers show it masked. Not needed when the URL ends in it; a recording has
         * none.
         */
        readonly streamKey?: string | undefined;
        /** Of servers that ask publishers for a login. It may stand in the URL instead. */
        readonly username?: string | undefined;
        /** Write-only. */
        readonly password?: string | undefined;
        /**
         * `hot` publishes beside its primary all the time, as YouTube wants it; `standby` waits, steps in when the
         * primary has been away for 5 s or has failed, and rests again when that has been on air for 10 s.
         */
        readonly mode?: 'hot' | 'standby' | undefined;
      }
    | undefined;
}

export interface OutputStats {
  readonly id: string;
  /** What its sound is on air, as of the last time it published; null before the first. */
  readonly audioCodec: 'aac' | 'opus' | null;
  /** Connections after the first. */
  readonly reconnects: number;
  /** Given to the network. */
  readonly bytes: number;
  /** Pieces of media given to the connection. */
  readonly tags: number;
  /** Those dropped because the server was too slow. */
  readonly droppedTags: number;
  /** Wait for the network now. */
  readonly queuedBytes: number;
  /** How much media that is. */
  readonly queuedMs: number;
  /** Whether something was dropped in the last 10 s. */
  readonly isCongested: boolean;
}

export interface PlacedCall {
  /** As `POST /v1/calls` would have answered: 202, or that of `problem`. */
  readonly status: number;
  readonly call: Call | null;
  /** Why it was not placed. */
  readonly problem: Problem | null;
}

export interface PressKeys {
  /** Keys 0-9 A-D * #, pressed one after the other; w is a pause of half a second. Write-only. */
  readonly digits: string;
  /**
   * Telephone events among the media (RFC 4733), or SIP INFO (application/dtmf-relay). Default: telephone events
   * if the callee takes them, else INFO.
   */
  readonly method?: 'rfc4733' | 'info' | undefined;
  /** What is not begun by then is refused with `COMMAND_EXPIRED`. */
  readonly deadlineSeconds?: number | undefined;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** Each field that does not fit. */
  readonly errors?:
    | readonly {
        readonly path: string;
        readonly message: string;
      }[]
    | undefined;
}

export interface Queue {
  /** Where it is kept. */
  readonly store: 'postgres' | 'redis';
  readonly queue: string;
  /** Ready to be taken; 100,000 stands for that many and more. */
  readonly waiting: number;
  /** To be taken at a later time. */
  readonly delayed: number;
  /** Taken, and not done. */
  readonly active: number;
  /**
   * Given up: of a table those that are still kept, in Redis all since it was empty. Null for calls and commands,
   * which end with a reason of their own.
   */
  readonly failed: number | null;
  /** For how long the one has been waiting that is to be taken next; 0 for none. */
  readonly oldestWaitingMs: number;
}

export interface Redeliver {
  /** These, and no others. */
  readonly deliveries?: readonly string[] | undefined;
  /** Or: those that were made from then on, */
  readonly from?: string | undefined;
  /** and before then; default: now. */
  readonly to?: string | undefined;
  /** Of these, those in such a state. Default: `failed`. */
  readonly states?: readonly ('pending' | 'delivered' | 'failed')[] | undefined;
  /** With the same range: `nextCursor` of the answer before. */
  readonly cursor?: string | undefined;
}

export interface Redelivered {
  /** Deliveries that are sent again. */
  readonly count: number;
  /** Where the range goes on: 1000 are taken at a time. */
  readonly nextCursor: string | null;
}

export interface RefusedStats {
  /** No RTP, or too large for audio. */
  readonly malformed: number;
  /** Of a payload type that was not agreed. */
  readonly unknownPayload: number;
  /** Of another source (SSRC) than the one that is heard. */
  readonly otherSource: number;
  /** From another address than the peer's. */
  readonly otherAddress: number;
  /** Refused by SRTP. */
  readonly srtp: number;
}

export interface RotateKey {
  /** How long the key before it is still taken; 0: not at all. */
  readonly overlapSeconds?: number | undefined;
}

export interface RotateSecret {
  /** How long the secret before it signs too. */
  readonly overlapSeconds?: number | undefined;
}

export interface RotatedSecret {
  /** `whsec_…` for libraries of Standard Webhooks. It is shown here and never again. */
  readonly secret: string;
  /** Until when the secret before it signs too. */
  readonly previousUntil: string;
}

export interface SipMessage {
  /** When the worker heard of it, by its clock. */
  readonly at: string;
  /** Grows when another node takes the call over, or it is dialled again. */
  readonly epoch: number;
  /**
   * Number within the epoch, from 1. Of more than 64 the first 48 and the last 16 are kept; the others leave
   * holes.
   */
  readonly seq: number;
  /** As seen from Callcast. */
  readonly direction: 'in' | 'out';
  /** `INVITE sip:bob@example.com`, `180 Ringing`. */
  readonly summary: string;
  /**
   * Its lines, with LF between them, 4 KiB at most. `***` stands for what may be secret: credentials, passwords,
   * keys, tokens, and headers, parameters and attributes that are not known. Bodies other than SDP are left out. A
   * message that cannot be read is told of by its first line.
   */
  readonly text: string;
}

export interface TransferRequest {
  /** Where to, as `GET /v1/nodes` names it. Default: the one with the most room. */
  readonly node?: string | undefined;
  /** What is not begun by then is refused with `COMMAND_EXPIRED`. */
  readonly deadlineSeconds?: number | undefined;
}

export interface Trunk {
  readonly id: string;
  readonly appKey: string;
  readonly name: string;
  /** Grows with every change. */
  readonly version: number;
  readonly domain: string;
  readonly port: number | null;
  readonly transport: 'udp' | 'tcp' | 'tls' | null;
  readonly outboundProxy: string | null;
  readonly username: string | null;
  readonly authUsername: string | null;
  readonly hasPassword: boolean;
  readonly realms: readonly string[] | null;
  readonly from: {
    readonly user?: string | undefined;
    readonly displayName?: string | undefined;
    readonly domain?: string | undefined;
  };
  readonly register: boolean;
  readonly registrar: string | null;
  readonly codecs: readonly string[] | null;
  readonly srtp: 'off' | 'preferred' | 'required' | null;
  readonly maxCallsPerSecond: number | null;
  readonly maxChannels: number | null;
  readonly allowedPrefixes: readonly string[] | null;
  readonly enabled: boolean;
  /**
   * A worker asks by OPTIONS every 45 s or so: who answers is up, two failures in a row are down. Calls are placed
   * all the same. A disabled trunk is not asked.
   */
  readonly health: {
    readonly state: 'up' | 'down' | 'unknown';
    readonly since: string;
    /** Of the last OPTIONS that was answered; null before. */
    readonly roundTripMs: number | null;
    /** What the last OPTIONS has found; null before the first. */
    readonly reason: string | null;
  };
  /** What it carries now; 10,000 stands for that many and more. */
  readonly usage: {
    /** Calls that have one of its channels, of all workers. */
    readonly channelsInUse: number;
    /** Calls that wait for a channel, for their turn or for a worker. */
    readonly callsWaiting: number;
    /** Calls that were placed through it within a minute. */
    readonly callsLastMinute: number;
  };
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TrunkTest {
  readonly ok: boolean;
  /** Its name. */
  readonly trunk: string;
  /** The worker that tried: firewalls may differ between them. */
  readonly node: string;
  /** In order; the last one may have failed. */
  readonly steps: readonly {
    /**
     * `options`: the trunk answers; `login`: it takes the user and the password; `register`: the account is
     * registered.
     */
    readonly step: 'options' | 'login' | 'register';
    readonly ok: boolean;
    /** How long it took. */
    readonly ms: number;
    /** What was seen, in plain words. */
    readonly detail: string;
  }[];
  readonly problem: {
    readonly code: ErrorCode;
    readonly detail: string;
  } | null;
}
