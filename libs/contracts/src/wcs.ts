import { z } from 'zod';
import {
  cleanText,
  dialKeys,
  hostName,
  quotableText,
  rtmpUrl,
  sipUri,
  sipUser,
} from './text-fields.ts';

/** WCS clients send booleans and numbers as strings; real ones are taken as well. */
const looseBoolean = z
  .union([z.boolean(), z.enum(['true', 'false', ''])])
  .transform((value) => value === true || value === 'true');
const loosePort = z
  .union([z.number(), z.string().regex(/^\d{1,5}$/)])
  .transform(Number)
  .pipe(z.int().min(1).max(65_535));
const optionalText = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal(''), schema]).optional();

const streamName = cleanText(512).regex(/^\S+$/, 'must not contain spaces');
const callName = cleanText(128).regex(
  /^[A-Za-z0-9_.:@-]+$/,
  'must hold only letters, digits and _.:@-',
);

/** What both dialects ask a call with. */
const calleeShape = {
  callId: callName,
  callee: cleanText(253).refine((text) => /^[A-Za-z0-9\-_.!~*'()&=+$,;?/%@:]+$/.test(text), {
    error: 'must be a user, a number or a host',
  }),
  hasAudio: looseBoolean.default(false),
  hasVideo: looseBoolean.default(false),
  visibleName: optionalText(quotableText(128)),
};

/** The SIP account of both. */
const accountShape = {
  sipLogin: sipUser,
  sipAuthenticationName: optionalText(quotableText(128)),
  sipPassword: optionalText(cleanText(256)),
  sipDomain: hostName,
  sipOutboundProxy: optionalText(z.union([hostName, sipUri])),
  sipPort: loosePort.default(5060),
  sipRegisterRequired: looseBoolean.default(false),
};

/** Body of `POST /RESTCall/call`. Fields that are not known are left out, as WCS does. */
export const wcsCallSchema = z
  .object({
    ...calleeShape,
    rtmpUrl,
    rtmpStream: streamName,
    connection: z.object({
      ...accountShape,
      appKey: cleanText(128).default('callApp'),
      visibleName: optionalText(quotableText(128)),
    }),
  })
  .meta({ id: 'WcsCall' });

/** Body of the lookups: the oldest page sends its whole form. */
export const wcsCallIdSchema = z.object({ callId: z.string().max(128) }).meta({ id: 'WcsCallId' });

/** Body of `POST /RESTCall/sendDTMF`. */
export const wcsDtmfSchema = z
  .object({
    callId: z.string().max(128),
    dtmf: dialKeys,
    type: z
      .string()
      .max(32)
      .default('RFC2833')
      .describe(
        '`INFO` or `INFO_RELAY`: by SIP INFO. Anything else: telephone events if the callee takes them, else INFO.',
      ),
  })
  .meta({ id: 'WcsDtmf' });

export type WcsCall = z.output<typeof wcsCallSchema>;

/** Body of `POST /rest-api/call/startup`: an account without nesting. */
export const wcs5CallSchema = z
  .object({
    ...calleeShape,
    ...accountShape,
    rtmpUrl: optionalText(rtmpUrl),
    rtmpStream: optionalText(streamName),
    toStream: optionalText(streamName).describe(
      'Names what the call brings, for `/rest-api/push/startup`. Default: its callId.',
    ),
    appKey: cleanText(128).default('defaultApp'),
  })
  .refine(({ rtmpUrl: url, rtmpStream }) => !url || Boolean(rtmpStream), {
    path: ['rtmpStream'],
    error: 'is needed beside rtmpUrl',
  })
  .meta({ id: 'Wcs5Call' });

/** Body of `POST /rest-api/call/find`: what is given must fit. */
export const wcs5CallFilterSchema = z
  .object({
    callId: z.string().max(128).optional(),
    callee: z.string().max(253).optional(),
    rtmpUrl: z.string().max(2048).optional(),
    status: z.string().max(32).optional(),
    appKey: z.string().max(128).optional(),
  })
  .meta({ id: 'Wcs5CallFilter' });

/** Body of `POST /rest-api/push/startup`. */
export const wcs5PushSchema = z
  .object({
    streamName: streamName.describe('The `toStream` of a live call, or its callId.'),
    rtmpUrl,
    rtmpTransponderFullUrl: looseBoolean
      .default(false)
      .describe('Whether rtmpUrl ends in the name of the stream.'),
    options: z
      .object({
        action: z
          .literal(['', 'mute'], { error: 'must be mute: sounds cannot be played' })
          .optional()
          .describe(
            '`mute`: begins with silence. Only for the first push of a call, which is muted as a whole.',
          ),
      })
      .optional(),
  })
  .meta({ id: 'Wcs5Push' });

/** Body of `POST /rest-api/push/find`: what is given must fit. */
export const wcs5PushFilterSchema = z
  .object({
    streamName: z.string().max(512).optional(),
    rtmpUrl: z.string().max(2048).optional(),
    mediaSessionId: z.string().max(64).optional(),
  })
  .meta({ id: 'Wcs5PushFilter' });

/** Body of what is said of one push. */
export const wcs5PushIdSchema = z
  .object({ mediaSessionId: z.string().max(64) })
  .meta({ id: 'Wcs5PushId' });

export type Wcs5Call = z.output<typeof wcs5CallSchema>;
export type Wcs5Push = z.output<typeof wcs5PushSchema>;
