import { z } from 'zod';
import { HOOK_DISABLED, isEventFilter, takesEvent } from '#domain';
import { cleanText, storableText } from './text-fields.ts';
import { EVENT_TYPES } from './wcs-hooks.ts';

const DAY_SECONDS = 86_400;
/** Deliveries that one request can send again. */
export const MAX_REDELIVERED = 1000;

const TYPES: readonly string[] = [...EVENT_TYPES, HOOK_DISABLED];

const url = cleanText(2048)
  .refine((text) => URL.canParse(text), { error: 'must be a URL' })
  .describe(
    'Where it is told: https://, at a public address, on one of the ports of `CALLCAST_HOOKS_PORTS`; others as the operator ' +
      'allows. Whoever may read the hook may read its URL.',
  );

const events = z
  .array(
    z
      .string()
      .max(64)
      .refine((text) => isEventFilter(text) && TYPES.some((type) => takesEvent([text], type)), {
        error: 'must be *, a kind of events such as call.*, or an event such as call.ended',
      }),
  )
  .min(1)
  .max(50)
  .describe(
    'Which events: `*` is all, `call.*` all of a kind, `call.ended` one. `hook.disabled` tells that another hook of the app ' +
      'was switched off, because its endpoint is gone or failing.',
  );

const dialect = z
  .enum(['standard', 'wcs'])
  .describe(
    '`standard`: `POST url` with the event as JSON, as `GET /v1/calls/{id}/events` shows it. `wcs`: `POST url/METHOD` as Web ' +
      'Call Server does: connect, ConnectionStatusEvent, RegistrationStatusEvent, call, CallStatusEvent, hangup, ' +
      'StreamStatusEvent. Both are signed as Standard Webhooks says.',
  );

const description = storableText(500).describe('For people.');

const enabled = z
  .boolean()
  .describe(
    'A hook that is disabled is told of nothing, also not later of what happens meanwhile.',
  );

/** The body of `POST /v1/hooks`. */
export const createHookSchema = z
  .strictObject({
    appKey: cleanText(128)
      .optional()
      .describe('For operators: whose calls it is told of. Default: your own app.'),
    url,
    events: events.default(['*']),
    dialect: dialect.default('standard'),
    description: description.default(''),
    enabled: enabled.default(true),
  })
  .meta({ id: 'CreateHook' });

/** The body of `PATCH /v1/hooks/{id}`. What is left out stays as it is. */
export const changeHookSchema = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    dialect: dialect.optional(),
    description: description.optional(),
    enabled: enabled.optional(),
  })
  .meta({ id: 'ChangeHook' });

/** The body of `POST /v1/hooks/{id}/rotate-secret`; it may be left out. */
export const rotateSecretSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .describe('How long the secret before it signs too.'),
  })
  .prefault({})
  .meta({ id: 'RotateSecret' });

const time = z.iso.datetime({ offset: true });

/** What has become of a delivery. */
const deliveryState = z.enum(['pending', 'delivered', 'failed']);

/** The body of `POST /v1/hooks/{id}/redeliver`. */
export const redeliverSchema = z
  .strictObject({
    deliveries: z
      .array(z.string().regex(/^dlv_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a delivery'))
      .min(1)
      .max(MAX_REDELIVERED)
      .optional()
      .describe('These, and no others.'),
    from: time.optional().describe('Or: those that were made from then on,'),
    to: time.optional().describe('and before then; default: now.'),
    states: z
      .array(deliveryState)
      .min(1)
      .max(3)
      .optional()
      .describe('Of these, those in such a state. Default: `failed`.'),
    cursor: z
      .string()
      .max(200)
      .optional()
      .describe('With the same range: `nextCursor` of the answer before.'),
  })
  .refine(({ deliveries, from }) => (deliveries === undefined) !== (from === undefined), {
    path: ['deliveries'],
    error: 'must stand here, or from, and not both',
  })
  .meta({ id: 'Redeliver' });

/** What `POST /v1/hooks/{id}/redeliver` answers. */
export const redeliveredSchema = z
  .object({
    count: z.int().describe('Deliveries that are sent again.'),
    nextCursor: z
      .string()
      .nullable()
      .describe(`Where the range goes on: ${MAX_REDELIVERED} are taken at a time.`),
  })
  .meta({ id: 'Redelivered' });

/** A hook as clients see it. */
export const hookViewSchema = z
  .object({
    id: z.string(),
    appKey: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    dialect: dialect,
    description: z.string(),
    enabled: z.boolean(),
    disabled: z
      .object({
        reason: z
          .enum(['operator', 'gone', 'failing'])
          .describe(
            'Somebody has switched it off; its endpoint has answered 410; nothing but failures came of it for days.',
          ),
        notice: z.string().describe('The same in plain words.'),
        at: z.iso.datetime(),
      })
      .nullable(),
    failingSince: z.iso
      .datetime()
      .nullable()
      .describe('Since when nothing but failures has come of it; it is disabled after five days.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Hook' });

const secret = z
  .string()
  .describe('`whsec_…` for libraries of Standard Webhooks. It is shown here and never again.');

/** What `POST /v1/hooks` answers. */
export const newHookViewSchema = hookViewSchema.extend({ secret }).meta({ id: 'NewHook' });

/** What `POST /v1/hooks/{id}/rotate-secret` answers. */
export const rotatedSecretSchema = z
  .object({
    secret,
    previousUntil: z.iso.datetime().describe('Until when the secret before it signs too.'),
  })
  .meta({ id: 'RotatedSecret' });

/** What `GET /v1/hooks` answers. */
export const hookPageSchema = z
  .object({ items: z.array(hookViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'HookPage' });

const cursor = z.string().max(200).optional();
const limit = z.coerce.number().int().min(1).max(1000).default(100);

/** Query of `GET /v1/hooks`. */
export const listHooksQuerySchema = z.strictObject({
  appKey: z.string().max(128).optional(),
  cursor,
  limit,
});

/** Query of `GET /v1/hooks/{id}/deliveries`. */
export const listDeliveriesQuerySchema = z.strictObject({
  state: z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .pipe(z.array(deliveryState))
    .optional(),
  type: z.string().max(64).optional(),
  callId: z.string().max(64).optional(),
  from: time.optional(),
  to: time.optional(),
  cursor,
  limit,
});

/** Query of `GET /v1/calls/{id}/deliveries`. */
export const listCallDeliveriesQuerySchema = z.strictObject({ cursor, limit });

/** A delivery as clients see it. */
export const deliveryViewSchema = z
  .object({
    id: z.string(),
    hookId: z.string(),
    callId: z.string().describe('The id of the call.'),
    eventId: z.string(),
    type: z.string().describe('Of the event.'),
    seq: z.int().describe('Of the event within its call.'),
    path: z
      .string()
      .describe('What stands behind the URL of the hook: a method of WCS, else nothing.'),
    state: deliveryState.describe(
      'It waits for its next attempt, the endpoint has taken it, or it was given up.',
    ),
    attempts: z.int().describe('Since it was asked for, or asked for again.'),
    nextAt: z.iso
      .datetime()
      .nullable()
      .describe('Of one that waits; behind others of its call it is later.'),
    createdAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Delivery' });

/** What `GET /v1/hooks/{id}/deliveries` answers. */
export const deliveryPageSchema = z
  .object({ items: z.array(deliveryViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'DeliveryPage' });

const headers = z.record(z.string(), z.string());

/** What an endpoint has answered. */
const hookAnswerSchema = z.object({
  status: z.int(),
  headers,
  body: z.string().describe('Its first 64 KiB.'),
  encoding: z.enum(['utf8', 'base64']).describe('`base64` where the body is no text.'),
});

const hookFailureSchema = z.object({
  reason: z
    .string()
    .describe(
      '`refused` (the address must not be called), `unreachable`, `tls`, `timeout` (15 s) or `broken` (the answer was cut).',
    ),
  detail: z.string(),
});

/** One delivery with all that is known of it. */
export const deliveryDetailViewSchema = deliveryViewSchema
  .extend({
    body: z.string().describe('What is sent, byte by byte (UTF-8), in every attempt.'),
    log: z
      .array(
        z.object({
          at: z.iso.datetime(),
          durationMs: z.int(),
          requestHeaders: headers,
          answer: hookAnswerSchema.nullable(),
          failure: hookFailureSchema.nullable().describe('Why there was no answer.'),
        }),
      )
      .describe('Every attempt, oldest first; the newest 50.'),
  })
  .meta({ id: 'DeliveryDetail' });

/** What `POST /v1/hooks/{id}/test` answers. */
export const hookTestViewSchema = z
  .object({
    ok: z.boolean().describe('Whether the endpoint has taken it: a status from 200 to 299.'),
    request: z.object({ url: z.string(), headers, body: z.string() }),
    answer: hookAnswerSchema.nullable(),
    failure: hookFailureSchema.nullable(),
    durationMs: z.int(),
  })
  .meta({ id: 'HookTest' });

export type CreateHook = z.output<typeof createHookSchema>;
export type ChangeHook = z.output<typeof changeHookSchema>;
export type RotateSecret = z.output<typeof rotateSecretSchema>;
export type Redeliver = z.output<typeof redeliverSchema>;
export type HookView = z.output<typeof hookViewSchema>;
export type NewHookView = z.output<typeof newHookViewSchema>;
export type RotatedSecret = z.output<typeof rotatedSecretSchema>;
export type ListDeliveriesQuery = z.output<typeof listDeliveriesQuerySchema>;
export type DeliveryView = z.output<typeof deliveryViewSchema>;
export type DeliveryDetailView = z.output<typeof deliveryDetailViewSchema>;
export type HookTestView = z.output<typeof hookTestViewSchema>;
