import { z } from 'zod';
import { USUAL_DEADLINE_SECONDS } from '#domain';
import { dialKeys } from './text-fields.ts';
import { errorCodeSchema } from './views.ts';

const deadlineSeconds = z
  .int()
  .min(1)
  .max(300)
  .default(USUAL_DEADLINE_SECONDS)
  .describe('What is not begun by then is refused with `COMMAND_EXPIRED`.');

/** The body of the commands that need nothing but themselves; it may be left out. */
export const commandRequestSchema = z
  .strictObject({ deadlineSeconds })
  .prefault({})
  .meta({ id: 'CommandRequest' });

/** The body of `POST /v1/calls/{id}/dtmf`. */
export const pressKeysSchema = z
  .strictObject({
    digits: dialKeys.describe(
      'Keys 0-9 A-D * #, pressed one after the other; w is a pause of half a second. Write-only.',
    ),
    method: z
      .enum(['rfc4733', 'info'])
      .optional()
      .describe(
        'Telephone events among the media (RFC 4733), or SIP INFO (application/dtmf-relay). Default: telephone events if ' +
          'the callee takes them, else INFO.',
      ),
    deadlineSeconds,
  })
  .meta({ id: 'PressKeys' });

/** The body of `POST /v1/calls/{id}/transfer`; it may be left out. */
export const transferRequestSchema = z
  .strictObject({
    node: z
      .string()
      .max(64)
      .optional()
      .describe('Where to, as `GET /v1/nodes` names it. Default: the one with the most room.'),
    deadlineSeconds,
  })
  .prefault({})
  .meta({ id: 'TransferRequest' });

/** A command as clients see it. */
export const commandViewSchema = z
  .object({
    id: z.string().describe('Events tell it as `commandId`.'),
    callId: z.string().describe('The id of the call.'),
    type: z.enum([
      'hangUp',
      'dtmf',
      'mute',
      'unmute',
      'hold',
      'resume',
      'addOutput',
      'removeOutput',
      'retryOutput',
      'transfer',
    ]),
    state: z
      .enum(['pending', 'running', 'done', 'refused'])
      .describe('`done`: of keys, the callee has them, as far as can be known.'),
    requestedBy: z.string().nullable().describe('Id of the key that it was asked with.'),
    createdAt: z.iso.datetime(),
    deadline: z.iso
      .datetime()
      .nullable()
      .describe('Until when it has to be begun; null for any time.'),
    completedAt: z.iso.datetime().nullable(),
    error: z
      .object({ code: errorCodeSchema, detail: z.string() })
      .nullable()
      .describe('Why it was refused.'),
  })
  .meta({ id: 'Command' });

/** What `GET /v1/calls/{id}/commands` answers. */
export const commandPageSchema = z
  .object({ items: z.array(commandViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'CommandPage' });

export type CommandRequest = z.output<typeof commandRequestSchema>;
export type PressKeys = z.output<typeof pressKeysSchema>;
export type TransferRequest = z.output<typeof transferRequestSchema>;
export type CommandView = z.output<typeof commandViewSchema>;
export type CommandPage = z.output<typeof commandPageSchema>;
