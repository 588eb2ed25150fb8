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

/** Body of `POST /RESTCall/call`. Fields that are not known are left out, as WCS does. */
export const wcsCallSchema = z
  .object({
    callId: cleanText(128).regex(/^[A-Za-z0-9_.:@-]+$/, 'must hold only letters, digits and _.:@-'),
    callee: cleanText(253).refine((text) => /^[A-Za-z0-9\-_.!~*'()&=+$,;?/%@:]+$/.test(text), {
      error: 'must be a user, a number or a host',
    }),
    rtmpUrl,
    rtmpStream: cleanText(512).regex(/^\S+$/, 'must not contain spaces'),
    hasAudio: looseBoolean.default(false),
    hasVideo: looseBoolean.default(false),
    visibleName: optionalText(quotableText(128)),
    connection: z.object({
      sipLogin: sipUser,
      sipAuthenticationName: optionalText(quotableText(128)),
      sipPassword: optionalText(cleanText(256)),
      sipDomain: hostName,
      sipOutboundProxy: optionalText(z.union([hostName, sipUri])),
      sipPort: loosePort.default(5060),
      sipRegisterRequired: looseBoolean.default(false),
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
