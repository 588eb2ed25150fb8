import { z } from 'zod';
import { ERROR_CATALOG } from '#domain';
import type { ErrorCode } from '#domain';
import { cleanText, hostName, quotableText, sipUri, sipUriParts, sipUser } from './text-fields.ts';

/** A name is not mistaken for an id. */
const trunkName = cleanText(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must hold only letters, digits and _.-')
  .refine((name) => !name.startsWith('trunk_'), { error: 'must not begin with trunk_' });

/** What may be left out; null takes it away again. */
const trunkOptions = {
  port: z.int().min(1).max(65_535).nullable().optional().describe('Default: as the DNS says.'),
  transport: z
    .enum(['udp', 'tcp', 'tls'])
    .nullable()
    .optional()
    .describe('Default: as the DNS says, else UDP.'),
  outboundProxy: sipUri
    .nullable()
    .optional()
    .describe('Next hop of every request: a SIP URI. Default: the domain.'),
  username: quotableText(128)
    .nullable()
    .optional()
    .describe('User of the account. Default: none, for a trunk that knows you by your address.'),
  authUsername: quotableText(128)
    .nullable()
    .optional()
    .describe('User of the digest. Default: username.'),
  password: cleanText(256).nullable().optional().describe('Write-only.'),
  realms: z
    .array(cleanText(256))
    .min(1)
    .max(8)
    .nullable()
    .optional()
    .describe(
      'Only challenges of these realms are answered. Default: of the first realm that asks.',
    ),
  from: z
    .strictObject({
      user: sipUser.optional(),
      displayName: quotableText(128).optional(),
      domain: hostName.optional(),
    })
    .optional()
    .describe('From of calls that name none. Default: the username at the domain.'),
  register: z
    .boolean()
    .optional()
    .describe(
      'Registers the account while there are calls of it; a call waits for that. Needs `username` and `password`. ' +
        'Default: false.',
    ),
  registrar: sipUri
    .refine((uri) => sipUriParts(uri)?.user === undefined, { error: 'must not have a user' })
    .nullable()
    .optional()
    .describe('Where to register. Default: the domain, with port and transport.'),
  codecs: z
    .array(z.enum(['PCMU', 'PCMA', 'G722', 'L16', 'opus', 'speex']))
    .min(1)
    .max(6)
    .refine((codecs) => new Set(codecs).size === codecs.length, {
      error: 'must not name a codec twice',
    })
    .nullable()
    .optional()
    .describe('Of calls that name none: the preferred codec first. Default: PCMU, PCMA.'),
  srtp: z
    .enum(['off', 'preferred', 'required'])
    .nullable()
    .optional()
    .describe('Of calls that name none. Default: off.'),
  maxCallsPerSecond: z
    .number()
    .min(0.01)
    .max(100)
    .nullable()
    .optional()
    .describe(
      'How many INVITEs may leave in a second, of all workers together: they are never closer than 1 / so many seconds. ' +
        'Calls that come too fast wait in the queue. Repeated INVITEs of one call (challenges, redirects) count once, ' +
        'dialling again counts again. Default: no limit.',
    ),
  maxChannels: z
    .int()
    .min(1)
    .max(100_000)
    .nullable()
    .optional()
    .describe(
      'How many calls may be up at the same time, of all workers together; the others wait in the queue. A call keeps ' +
        'its channel when its worker is lost. Default: no limit.',
    ),
  allowedPrefixes: z
    .array(cleanText(32))
    .min(1)
    .max(256)
    .nullable()
    .optional()
    .describe(
      'What the user part of a dialled address has to begin with, such as `+49`. Default: anything.',
    ),
  enabled: z
    .boolean()
    .optional()
    .describe(
      'A trunk that is disabled takes no calls; those that wait for it fail with TRUNK_DISABLED. Default: true.',
    ),
} as const;

/** The body of `POST /v1/trunks`. */
export const createTrunkSchema = z
  .strictObject({
    appKey: cleanText(128)
      .optional()
      .describe('For operators: whose it is. Default: your own app.'),
    name: trunkName.describe('Unique within the app.'),
    domain: hostName.describe(
      'The domain of the account: a number that is dialled becomes sip:NUMBER@domain.',
    ),
    ...trunkOptions,
  })
  .meta({ id: 'CreateTrunk' });

/** The body of `PATCH /v1/trunks/{trunk}`. What is left out stays as it is. */
export const changeTrunkSchema = z
  .strictObject({
    version: z
      .int()
      .min(1)
      .optional()
      .describe('As you have read it: refused with TRUNK_CHANGED if it has another one by now.'),
    name: trunkName.optional(),
    domain: hostName.optional(),
    ...trunkOptions,
  })
  .meta({ id: 'ChangeTrunk' });

/** A trunk as clients see it. */
export const trunkViewSchema = z
  .object({
    id: z.string(),
    appKey: z.string(),
    name: z.string(),
    version: z.int().describe('Grows with every change.'),
    domain: z.string(),
    port: z.int().nullable(),
    transport: z.enum(['udp', 'tcp', 'tls']).nullable(),
    outboundProxy: z.string().nullable(),
    username: z.string().nullable(),
    authUsername: z.string().nullable(),
    hasPassword: z.boolean(),
    realms: z.array(z.string()).nullable(),
    from: z.object({
      user: z.string().optional(),
      displayName: z.string().optional(),
      domain: z.string().optional(),
    }),
    register: z.boolean(),
    registrar: z.string().nullable(),
    codecs: z.array(z.string()).nullable(),
    srtp: z.enum(['off', 'preferred', 'required']).nullable(),
    maxCallsPerSecond: z.number().nullable(),
    maxChannels: z.int().nullable(),
    allowedPrefixes: z.array(z.string()).nullable(),
    enabled: z.boolean(),
    health: z
      .object({
        state: z.enum(['up', 'down', 'unknown']),
        since: z.iso.datetime(),
        roundTripMs: z
          .number()
          .nullable()
          .describe('Of the last OPTIONS that was answered; null before.'),
        reason: z
          .string()
          .nullable()
          .describe('What the last OPTIONS has found; null before the first.'),
      })
      .describe(
        'A worker asks by OPTIONS every 45 s or so: who answers is up, two failures in a row are down. Calls are placed ' +
          'all the same. A disabled trunk is not asked.',
      ),
    usage: z
      .object({
        channelsInUse: z.int().describe('Calls that have one of its channels, of all workers.'),
        callsWaiting: z
          .int()
          .describe('Calls that wait for a channel, for their turn or for a worker.'),
        callsLastMinute: z.int().describe('Calls that were placed through it within a minute.'),
      })
      .describe('What it carries now; 10,000 stands for that many and more.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Trunk' });

/** What `GET /v1/trunks` answers. */
export const trunkPageSchema = z
  .object({ items: z.array(trunkViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'TrunkPage' });

/** Query of `GET /v1/trunks`. */
export const listTrunksQuerySchema = z.strictObject({
  appKey: z.string().max(128).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** What a worker is asked to try. */
export const trunkTrialRequestSchema = z.strictObject({
  trunkId: z.string().regex(/^trunk_[0-9a-z]{26}$/),
});

const errorCode = z.enum(Object.keys(ERROR_CATALOG) as [ErrorCode, ...ErrorCode[]]);

/** What a worker finds out about a trunk. */
export const trunkTrialSchema = z.object({
  steps: z
    .array(
      z.object({
        step: z
          .enum(['options', 'login', 'register'])
          .describe(
            '`options`: the trunk answers; `login`: it takes the user and the password; `register`: the account is ' +
              'registered.',
          ),
        ok: z.boolean(),
        ms: z.number().describe('How long it took.'),
        detail: z.string().describe('What was seen, in plain words.'),
      }),
    )
    .describe('In order; the last one may have failed.'),
  problem: z.object({ code: errorCode, detail: z.string() }).nullable(),
});

/** What `POST /v1/trunks/{trunk}/test` answers. */
export const trunkTestViewSchema = z
  .object({
    ok: z.boolean(),
    trunk: z.string().describe('Its name.'),
    node: z.string().describe('The worker that tried: firewalls may differ between them.'),
    steps: trunkTrialSchema.shape.steps,
    problem: trunkTrialSchema.shape.problem,
  })
  .meta({ id: 'TrunkTest' });

export type CreateTrunk = z.output<typeof createTrunkSchema>;
export type ChangeTrunk = z.output<typeof changeTrunkSchema>;
export type TrunkView = z.output<typeof trunkViewSchema>;
export type TrunkTrial = z.output<typeof trunkTrialSchema>;
export type TrunkTestView = z.output<typeof trunkTestViewSchema>;
