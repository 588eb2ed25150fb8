import { z } from 'zod';
import { REDIAL_CODES, USUAL_MEDIA_LIMITS, headerProblems } from '#domain';
import { outputRequestsSchema } from './output-request.ts';
import {
  cleanText,
  dialKeys,
  hostName,
  quotableText,
  sipUri,
  sipUriParts,
  isSipUser,
  sipUser,
  storableText,
} from './text-fields.ts';

const RING_SECONDS = { least: 1, most: 300, usual: 60 } as const;
const NO_SIP_URI =
  'must be a sip: or sips: URI such as sip:room@example.com:5060;transport=udp, or a number with a trunk';
const NOT_WITH_TRUNK = 'is that of the trunk';
const MAX_SECONDS = { most: 86_400 * 7, usual: 14_400 } as const;

const headersSchema = z
  .record(z.string(), z.string())
  .superRefine((headers, context) => {
    for (const { name, problem } of headerProblems(headers)) {
      context.addIssue({ code: 'custom', path: [name], message: problem });
    }
  })
  .describe(
    'Headers for the INVITE, name to value, at most 16 of 512 characters each and 4096 bytes together: X-… and ' +
      'Accept-Language, Alert-Info, Call-Info, Diversion, Geolocation, History-Info, Organization, ' +
      'P-Access-Network-Info, P-Asserted-Identity, P-Charging-Vector, P-Preferred-Identity, Priority, Privacy, ' +
      'Remote-Party-ID, Reply-To, Resource-Priority, Subject, User-to-User. Not for secrets.',
  );

const redialSchema = z
  .strictObject({
    attempts: z.int().min(1).max(20).describe('How often, after the first time.'),
    backoffSeconds: z
      .array(z.int().min(1).max(86_400))
      .min(1)
      .max(20)
      .default([30])
      .describe('Waits before each try; the last one stands for all that follow.'),
    on: z
      .array(z.enum(REDIAL_CODES))
      .min(1)
      .max(REDIAL_CODES.length)
      .default(['SIP_BUSY', 'SIP_NO_ANSWER', 'SIP_UNREACHABLE', 'SIP_PROVIDER_DOWN'])
      .describe('After these verdicts.'),
  })
  .describe(
    'A call that nobody has answered is dialled again: until then it is `queued` with `nextDialAt`, keeps its targets, and ' +
      'can be taken off. Default: never.',
  );

/** The body of `POST /v1/calls`. */
export const createCallSchema = z
  .strictObject({
    callId: cleanText(128)
      .regex(/^[A-Za-z0-9_.:@-]+$/, 'must hold only letters, digits and _.:@-')
      .optional()
      .describe('Your name for the call, unique among live calls. Default: the id.'),
    to: z
      .union([sipUser, sipUri])
      .describe(
        'The SIP address to dial; with a trunk also a bare number or user, which is dialled at the domain of the trunk.',
      ),
    startAt: z.iso
      .datetime({ offset: true })
      .optional()
      .describe(
        'Not dialled before this time, 30 days ahead at most: until then it is `queued`, holds its targets, and can be ' +
          'taken off. Default, and for times that have passed: at once.',
      ),
    priority: z
      .int()
      .min(0)
      .max(9)
      .default(0)
      .describe(
        'Among the calls that wait for a node, or for a trunk: the highest first. Calls that have lost their node come before all.',
      ),
    redial: redialSchema.optional(),
    trunk: cleanText(128)
      .optional()
      .describe(
        'Name or id of a trunk of your app, which the call goes out through: in the place of `auth`, `outboundProxy`, ' +
          '`register` and `registrar`. It waits in the queue for its turn (`call.waiting_for_trunk`). The trunk is read when ' +
          'the call is dialled, and each time that it is dialled again.',
      ),
    from: z
      .strictObject({
        user: sipUser.optional(),
        displayName: quotableText(128).optional(),
        domain: hostName.optional(),
      })
      .default({}),
    auth: z
      .strictObject({
        username: quotableText(128).describe(
          'User of the From header when `from.user` is not given.',
        ),
        password: cleanText(256).describe('Write-only.'),
        authUsername: quotableText(128)
          .optional()
          .describe('User of the digest. Default: username.'),
        realms: z
          .array(cleanText(256))
          .min(1)
          .max(8)
          .optional()
          .describe(
            'Only challenges of these realms are answered. Default: of the first realm that asks.',
          ),
      })
      .optional(),
    outboundProxy: sipUri
      .optional()
      .describe('Next hop of every request instead of `to`: a SIP URI.'),
    register: z
      .boolean()
      .default(false)
      .describe(
        'Registers the address of `from` before the call, and keeps it registered while there are calls of the ' +
          'account. Needs `auth`.',
      ),
    registrar: sipUri
      .refine((uri) => sipUriParts(uri)?.user === undefined, { error: 'must not have a user' })
      .optional()
      .describe(
        'Where to register: a SIP URI without a user. Default: the domain of `from`, with port and transport of `to` ' +
          'when they have the same host.',
      ),
    headers: headersSchema.optional(),
    dtmf: dialKeys
      .optional()
      .describe(
        'Keys to be pressed after each answer, such as a PIN: 0-9 A-D * #, and w for a pause of half a second. Write-only.',
      ),
    onCallLoss: z
      .enum(['end', 'hold'])
      .default('end')
      .describe(
        'What follows when an answered call is lost (the callee hangs up, the leg fails, no packets come): `end` ends the ' +
          'call; `hold` keeps the outputs on air with silence and dials again, after 1, 2, 4 … 10 s, for ' +
          '`limits.holdSeconds`, pressing `dtmf` after each answer. A callee that declines, or refuses the login, ends the ' +
          'call all the same, and so does a command.',
      ),
    media: z
      .strictObject({
        direction: z
          .enum(['recvonly', 'sendrecv'])
          .default('recvonly')
          .describe(
            '`sendrecv` sends silence back. With `recvonly` many callees do not show that they hold the call: their ' +
              'silence then counts as a fault.',
          ),
        earlyMedia: z
          .enum(['ignore', 'publish'])
          .default('ignore')
          .describe(
            'What the callee sends before it answers (ringing tones, announcements): left out, or published.',
          ),
        srtp: z
          .enum(['off', 'preferred', 'required'])
          .optional()
          .describe(
            'Default: that of the trunk, else `off`. Encryption of RTP with keys in SDP (SDES), AES_CM_128_HMAC_SHA1_80 and _32. `off` offers RTP/AVP; ' +
              '`preferred` offers RTP/AVP with `a=crypto` (RFC 8643) and takes what is answered; `required` offers ' +
              'RTP/SAVP and takes nothing else. Use it with TLS: who can read the SIP messages has the keys.',
          ),
        onTimeout: z
          .enum(['end', 'keep'])
          .default('end')
          .describe(
            'What follows when no packets come for `limits.mediaTimeoutSeconds` or `limits.mediaGapSeconds`: `end` ends ' +
              'the call with RTP_SILENT, `keep` stays on air with silence, and `media.resumed` tells when packets are back.',
          ),
        audio: z
          .strictObject({
            codecs: z
              .array(z.enum(['PCMU', 'PCMA', 'G722', 'L16', 'opus', 'speex']))
              .min(1)
              .max(6)
              .refine((codecs) => new Set(codecs).size === codecs.length, {
                error: 'must not name a codec twice',
              })
              .optional()
              .describe(
                'Default: those of the trunk, else PCMU and PCMA. What is offered to the callee, the preferred codec first; it may send any of them and change between ' +
                  'them. Many take the first one they know, so name `opus` or `G722` first for better sound.',
              ),
            sampleRate: z
              .literal([16000, 32000, 44100, 48000])
              .default(44100)
              .describe('Of the AAC on air, in Hz, whatever the callee sends.'),
            channels: z
              .union([z.literal(1), z.literal(2)])
              .default(1)
              .describe(
                'Of the AAC on air. With 2 the callee is asked for stereo where its codec has it (`opus`, `L16`); ' +
                  'mono is heard on both sides. With 1 stereo is mixed down.',
              ),
            bitrateKbps: z.int().min(16).max(256).default(64).describe('Of the AAC on air.'),
            content: z
              .enum(['speech', 'music'])
              .default('speech')
              .describe(
                'What is to be heard: `music` keeps attacks sharp, for one frame (21 to 64 ms) more of delay. At 32 kb/s per ' +
                  'channel or less that is always done.',
              ),
            constantRate: z
              .boolean()
              .default(false)
              .describe(
                'Whether silence and simple sounds are filled up to `bitrateKbps`, for receivers that watch the rate. ' +
                  'Otherwise a pause costs next to nothing. Only the encoder of Callcast fills (`CALLCAST_AAC`); others ' +
                  'hold the average in their own way.',
              ),
            passthrough: z
              .boolean()
              .default(false)
              .describe(
                'Whether Opus goes on air untouched, over Enhanced RTMP, at every output whose server says in its answer to ' +
                  '`connect` that it can decode or forward Opus, as long as the callee sends Opus: put `opus` first in ' +
                  '`codecs`. All other outputs get AAC at the same time. When the callee changes to another codec these ' +
                  'outputs reconnect with AAC (`output.interrupted` with MEDIA_CODEC_CHANGED). `audioCodec` of ' +
                  '`output.publishing` and of the stats tells which it is.',
              ),
          })
          .prefault({}),
      })
      .prefault({}),
    outputs: outputRequestsSchema,
    limits: z
      .strictObject({
        ringSeconds: z
          .int()
          .min(RING_SECONDS.least)
          .max(RING_SECONDS.most)
          .default(RING_SECONDS.usual)
          .describe('Patience until the callee answers.'),
        maxSeconds: z
          .int()
          .min(1)
          .max(MAX_SECONDS.most)
          .default(MAX_SECONDS.usual)
          .describe('Longest duration.'),
        mediaTimeoutSeconds: z
          .int()
          .min(5)
          .max(3600)
          .default(30)
          .describe(
            'Without any RTP packet from the answer on for so long `media.timeout` is told, and `media.onTimeout` says ' +
              'what follows. Not while the call is on hold; after it the time begins anew.',
          ),
        mediaGapSeconds: z
          .int()
          .min(5)
          .max(3600)
          .default(USUAL_MEDIA_LIMITS.gapSeconds)
          .describe('The same once a packet has come: the longest time between two.'),
        silenceSeconds: z
          .int()
          .min(3)
          .max(3600)
          .default(USUAL_MEDIA_LIMITS.silenceSeconds)
          .describe(
            'After so long below -50 dBFS `media.silent` is told, and `media.resumed` when it is over.',
          ),
        holdSeconds: z
          .int()
          .min(1)
          .max(86_400)
          .default(300)
          .describe(
            'With `onCallLoss: hold`: how long the air is held without a call. Then the call ends with the verdict of the ' +
              'loss. A call that is back for 10 s has the full time again.',
          ),
      })
      .prefault({}),
    metadata: z
      .record(cleanText(64), storableText(512))
      .refine((fields) => Object.keys(fields).length <= 32, {
        error: 'must have at most 32 fields',
      })
      .default({}),
  })
  .refine(
    ({ from, auth }) => from.user !== undefined || auth === undefined || isSipUser(auth.username),
    {
      path: ['auth', 'username'],
      error: 'cannot be the user of the From header; give `from.user`',
    },
  )
  .refine(({ register, auth }) => !register || auth !== undefined, {
    path: ['auth'],
    error: 'is needed to register',
  })
  .refine(({ register, registrar }) => register || registrar === undefined, {
    path: ['registrar'],
    error: 'is used only with `register: true`',
  })
  .superRefine((call, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (call.trunk === undefined) {
      if (sipUriParts(call.to) === undefined) refuse('to', NO_SIP_URI);
      return;
    }
    for (const path of ['auth', 'outboundProxy', 'registrar'] as const) {
      if (call[path] !== undefined) refuse(path, NOT_WITH_TRUNK);
    }
    if (call.register) refuse('register', NOT_WITH_TRUNK);
  })
  .meta({ id: 'CreateCall' });

/** A checked request for a call. */
export type CreateCall = z.output<typeof createCallSchema>;
/** A request as a client writes it. */
export type CreateCallInput = z.input<typeof createCallSchema>;

/** Query of `POST /v1/calls` and `GET /v1/calls/{id}`. */
export const awaitedCallSchema = z.strictObject({
  wait: z
    .enum(['answered'])
    .optional()
    .describe(
      '`answered`: the answer comes when the call is answered or has ended, or after `waitSeconds`, with the call as it is then.',
    ),
  waitSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(60)
    .default(20)
    .describe('How long to wait at most. Ask again with GET where the call needs longer.'),
});

/** How a call is waited for. */
export type AwaitedCall = z.output<typeof awaitedCallSchema>;
