import { z } from 'zod';
import { KEY_SCOPES } from '#domain';
import { cleanText, storableText } from './text-fields.ts';

const DAY_SECONDS = 86_400;
const MOST_HOSTS = 256;
const MOST_CALLS = 1_000_000;
const MOST_PER_SECOND = 100_000;

const name = storableText(128).describe('For people.');

const count = z.int().min(0).max(MOST_CALLS).nullable();
const rate = z.number().min(0).max(MOST_PER_SECOND).nullable();

const limits = z.object({
  maxCalls: count.describe('Calls that have not ended, those that wait included.'),
  maxQueued: count.describe('Of those, calls that wait in the queue.'),
  maxCallsPerSecond: rate.describe('New calls per second; as many may come at once after a rest.'),
  maxRequestsPerSecond: rate.describe('Requests per second of all its keys together.'),
  maxKeyRequestsPerSecond: rate.describe('Requests per second of each of its keys.'),
});

/** A host, `*.` before it for all hosts below it, or an IP address. */
const HOST_PATTERN =
  /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9\-.]*[A-Za-z0-9])?\.?)$/;

const hosts = z
  .array(
    cleanText(253).regex(HOST_PATTERN, {
      error: 'must be a host, an IP address, or *. and a host',
    }),
  )
  .max(MOST_HOSTS)
  .nullable();

const allowed = z.object({
  sipDomains: hosts.describe(
    'Where calls may be sent: targets, proxies, registrars, trunks. Null: anywhere, `[]`: nowhere; `*.example.com` is all below it.',
  ),
  rtmpHosts: hosts.describe('Where outputs may go, in the same way. Files are not asked about.'),
});

const limitsPatch = limits
  .partial()
  .strict()
  .describe('Null: as the settings say. 0: without a limit. What is left out stays.');
const allowedPatch = allowed.partial().strict().describe('What is left out stays.');
const enabled = z
  .boolean()
  .describe(
    'Keys of an app that is disabled are refused, within five seconds, and nobody places calls for it; those that live go on.',
  );

/** The body of `PATCH /v1/apps/{appKey}`. What is left out stays as it is. */
export const changeAppSchema = z
  .strictObject({
    name: name.optional(),
    enabled: enabled.optional(),
    limits: limitsPatch.optional(),
    allowed: allowedPatch.optional(),
  })
  .meta({ id: 'ChangeApp' });

/** The body of `POST /v1/apps`. */
export const createAppSchema = changeAppSchema
  .extend({
    appKey: cleanText(128)
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: 'must hold only letters, digits and _.-' })
      .describe('Names the app for good.'),
  })
  .meta({ id: 'CreateApp' });

/** An app as clients see it. */
export const appViewSchema = z
  .object({
    appKey: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    limits: limits.describe('Null: as the settings say. 0: without a limit.'),
    allowed,
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'App' });

/** What `GET /v1/apps` answers. */
export const appPageSchema = z
  .object({ items: z.array(appViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'AppPage' });

const scope = z.enum(KEY_SCOPES).describe('What the key may do; each includes those before it.');

/** The body of `POST /v1/keys`. */
export const createKeySchema = z
  .strictObject({
    appKey: cleanText(128).optional().describe('For operators: of which app. Default: your own.'),
    name: name.default(''),
    scope: scope.default('write'),
    allApps: z
      .boolean()
      .default(false)
      .describe(
        'For operators: whether it is for the objects of all apps, and an operator itself.',
      ),
    expiresAt: z.iso
      .datetime({ offset: true })
      .transform((text) => new Date(text))
      .nullable()
      .default(null)
      .describe('Null: never.'),
  })
  .meta({ id: 'CreateKey' });

/** The body of `POST /v1/keys/{id}/rotate`; it may be left out. */
export const rotateKeySchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(3600)
      .describe('How long the key before it is still taken; 0: not at all.'),
  })
  .prefault({})
  .meta({ id: 'RotateKey' });

/** A key as clients see it. */
export const keyViewSchema = z
  .object({
    id: z.string().describe('Stands within the key, after `cc_`.'),
    appKey: z.string(),
    name: z.string(),
    scope,
    allApps: z.boolean(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('Within a minute.'),
  })
  .meta({ id: 'Key' });

/** What `POST /v1/keys` and `rotate` answer. */
export const newKeyViewSchema = keyViewSchema
  .extend({
    key: z.string().describe('For `Authorization: Bearer KEY`. It is shown here and never again.'),
  })
  .meta({ id: 'NewKey' });

/** What `GET /v1/keys` answers. */
export const keyPageSchema = z
  .object({ items: z.array(keyViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'KeyPage' });

const facts = z.record(z.string(), z.unknown()).nullable();

/** A line of the audit trail as clients see it. */
export const auditViewSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    keyId: z
      .string()
      .describe('Of the key that it was done with; `bootstrap` is that of the settings.'),
    keyApp: z.string().describe('The app of that key.'),
    appKey: z.string().describe('Whose object it is.'),
    action: z.string().describe('`app.changed`, `key.revoked`, `hook.created` and such.'),
    object: z.string().describe('The id of what was changed.'),
    before: facts.describe('Without secrets.'),
    after: facts,
  })
  .meta({ id: 'AuditEntry' });

/** What `GET /v1/audit` answers. */
export const auditPageSchema = z
  .object({ items: z.array(auditViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'AuditPage' });

/** Query of the lists of apps, keys and the audit trail. */
export const listOfAppQuerySchema = z.strictObject({
  appKey: z.string().max(128).optional().describe('For operators: only of this app.'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** The body of `POST /v1/apps`. */
export type CreateApp = z.output<typeof createAppSchema>;
/** The body of `PATCH /v1/apps/{appKey}`. */
export type ChangeApp = z.output<typeof changeAppSchema>;
/** An app as clients see it. */
export type AppView = z.output<typeof appViewSchema>;
/** The body of `POST /v1/keys`. */
export type CreateKey = z.output<typeof createKeySchema>;
/** The body of `POST /v1/keys/{id}/rotate`. */
export type RotateKey = z.output<typeof rotateKeySchema>;
/** A key as clients see it. */
export type KeyView = z.output<typeof keyViewSchema>;
/** A key that was just made. */
export type NewKeyView = z.output<typeof newKeyViewSchema>;
/** A line of the audit trail as clients see it. */
export type AuditView = z.output<typeof auditViewSchema>;
/** Query of the lists of apps, keys and the audit trail. */
export type ListOfAppQuery = z.output<typeof listOfAppQuerySchema>;
