import { z } from 'zod';
import { ERROR_CATALOG } from '#domain';
import type { ErrorCode } from '#domain';
import { storableText } from './text-fields.ts';

const time = z.iso.datetime().nullable();
/** A code of the catalog. */
export const errorCodeSchema = z.enum(Object.keys(ERROR_CATALOG) as [ErrorCode, ...ErrorCode[]]);

/** States of a call as clients see them. */
export const callStateSchema = z.enum([
  'queued',
  'claimed',
  'dialing',
  'ringing',
  'earlyMedia',
  'up',
  'held',
  'ending',
  'ended',
]);

/** One output as clients see it. */
export const outputViewSchema = z
  .object({
    id: z.string(),
    url: z.string().describe('Without key and credentials; file:NAME for a recording.'),
    streamKey: z.string().describe('Masked: str…me; empty for a recording.'),
    role: z.enum(['primary', 'backup']),
    backupOf: z.string().nullable().describe('Of a backup: the id of its primary.'),
    state: z.enum(['idle', 'connecting', 'publishing', 'retrying', 'closing', 'closed', 'failed']),
    attempts: z.int().describe('Connections tried so far.'),
    nextRetryAt: time,
    audioCodec: z
      .enum(['aac', 'opus'])
      .nullable()
      .describe(
        'What its sound is on air, as of the last time it published; null before the first.',
      ),
    error: z.object({ code: errorCodeSchema, detail: z.string() }).nullable(),
  })
  .meta({ id: 'Output' });

/** A call as clients see it. */
export const callViewSchema = z
  .object({
    id: z.string(),
    callId: z.string(),
    appKey: z.string(),
    state: callStateSchema,
    epoch: z.int().describe('Grows with every node that takes the call.'),
    node: z.string().nullable(),
    broadcast: z.enum(['waiting', 'live', 'interrupted', 'over']),
    muted: z
      .boolean()
      .describe('Silence goes on air in the place of what the callee sends, until it is unmuted.'),
    heldBy: z
      .enum(['us', 'them', 'both'])
      .nullable()
      .describe('In the state `held`: who keeps it on hold. We by command, they by a re-INVITE.'),
    to: z.string(),
    from: z
      .object({
        user: z.string().nullable(),
        displayName: z.string().nullable(),
        domain: z.string().nullable(),
      })
      .describe('Who calls, as far as the request has said.'),
    trunk: z.string().nullable().describe('Name of the trunk that it was placed through.'),
    createdAt: z.iso.datetime(),
    startAt: time.describe('When it was to be dialled first; null for at once.'),
    nextDialAt: time.describe('Of a call that waits for its time: when it is dialled.'),
    redials: z.int().describe('How often it was dialled again, by `redial`.'),
    redial: z
      .object({
        attempts: z.int(),
        backoffSeconds: z.array(z.int()),
        on: z.array(errorCodeSchema),
      })
      .nullable()
      .describe('When it is dialled again that nobody has answered; null for never.'),
    priority: z.int(),
    answeredAt: time,
    endedAt: time,
    verdict: z
      .object({
        result: z.enum(['completed', 'canceled', 'failed']),
        code: errorCodeSchema,
        title: z.string().describe('What the code means, in a sentence.'),
        fault: z.string().describe('Who must act.'),
        detail: z.string().describe('What was seen: of a refusal its status and reason.'),
        sipStatus: z
          .int()
          .nullable()
          .describe(
            'The final status that the callee or its provider refused the call with; null where that was not the cause.',
          ),
      })
      .nullable(),
    outputs: z.array(outputViewSchema),
    media: z.object({
      direction: z.string(),
      path: z.string().nullable().describe('Of the media that was agreed; null before.'),
      codecs: z.array(z.string()).describe('As they were offered, the preferred one first.'),
      srtp: z.enum(['off', 'preferred', 'required']),
    }),
    limits: z.object({
      ringSeconds: z.number().describe('How long it may ring.'),
      maxSeconds: z.number().describe('How long it may last from the answer on.'),
    }),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Call' });

/** One event of a call's history. */
export const eventViewSchema = z
  .object({
    id: z.string(),
    callId: z.string().describe('The id of the call.'),
    seq: z.int().describe('Dense per call, from 1.'),
    epoch: z.int(),
    type: z
      .string()
      .describe(
        'What happened: `call.…` (among them `muted`, `unmuted`, `held` with heldBy, `resumed`, `transferred` with from and to, `redial_planned` with code, detail, attempt and delaySeconds), `output.…` (`added`, `connecting`, `publishing`, `interrupted`, `moved` to another place at the wish of its ' +
          'server, `congested` with droppedTags and queuedMs, `rested`, `closed`, `failed`), `dtmf.sent`, `dtmf.failed`, and of the sound `media.timeout` (no packets; ' +
          'data: seconds, hadBegun, action), `media.silent` (data: seconds), `media.resumed` (data: after, which is ' +
          '`timeout` or `silence`, and seconds), `media.clipping` (data: percent of the samples at full scale).',
      ),
    at: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: errorCodeSchema,
    detail: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Each field that does not fit.'),
  })
  .meta({ id: 'Problem' });

const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .describe(
        'Give it as `cursor`, with the same filters, for what comes next; null at the end. A page may hold fewer than ' +
          '`limit`, even none, and not be the last one.',
      ),
  });

export const callPageSchema = page(callViewSchema).meta({ id: 'CallPage' });
export const eventPageSchema = page(eventViewSchema).meta({ id: 'EventPage' });

export type CallView = z.output<typeof callViewSchema>;
export type OutputView = z.output<typeof outputViewSchema>;
export type EventView = z.output<typeof eventViewSchema>;
export type Problem = z.output<typeof problemSchema>;

const cursor = z.string().max(200).optional();
const limit = z.coerce.number().int().min(1).max(1000).default(100);

const listOf = <T extends z.ZodType<unknown, string>>(item: T, maxLength = 200) =>
  z
    .string()
    .max(maxLength)
    .transform((text) => text.split(','))
    .pipe(z.array(item));

/** Calls that can be asked for by their ids at once: no more than a page holds where nobody says. */
const IDS_LIMIT = 100;
const ID_LENGTH = 40;

const METADATA_LIMIT = 3;
const metadataField = storableText(600)
  .regex(/^[^=]+=/, 'must be a name, = and a value')
  .transform((text): [string, string] => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
  });
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** Query of `GET /v1/calls`. A call must fit whatever is given. */
export const listCallsQuerySchema = z.strictObject({
  id: listOf(z.string().max(ID_LENGTH), IDS_LIMIT * ID_LENGTH)
    .refine((ids) => ids.length <= IDS_LIMIT, { error: `must not be more than ${IDS_LIMIT} ids` })
    .optional()
    .describe(
      `Ids of calls, with commas, up to ${IDS_LIMIT}: the cheap way to look at many at once. One that is not there, or not ` +
        'yours, is missing from the answer.',
    ),
  state: listOf(callStateSchema).optional().describe('One state, or several with commas.'),
  live: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('`true`: calls that have not ended; `false`: those that have.'),
  appKey: storableText(128)
    .optional()
    .describe('For operators: only the calls of this app. Others see their own anyway.'),
  callId: storableText(128).optional().describe('The name that the client gave.'),
  trunk: storableText(128).optional().describe('Name or id of the trunk.'),
  node: storableText(64).optional().describe('The worker that runs it now.'),
  verdict: listOf(z.enum(['completed', 'canceled', 'failed', ...errorCodeSchema.options]))
    .optional()
    .describe('How it ended: results or codes, with commas; any of them fits.'),
  createdFrom: moment.optional().describe('Placed at this moment or later.'),
  createdTo: moment.optional().describe('Placed before this moment.'),
  metadata: z
    .union([
      metadataField.transform((field) => [field]),
      z.array(metadataField).max(METADATA_LIMIT),
    ])
    .optional()
    .describe(
      '`name=value`: a field of its metadata. Up to 3 times; operators have to give appKey.',
    ),
  order: z.enum(['newest', 'oldest']).default('newest').describe('Which calls come first.'),
  cursor: cursor.describe('`nextCursor` of the page before, with the same filters.'),
  limit,
});

/** Query of `GET /v1/calls`, read. */
export type ListCallsQuery = z.output<typeof listCallsQuerySchema>;

/** Query of `GET /v1/calls/{id}/events`. */
export const listEventsQuerySchema = z.strictObject({ cursor, limit });
