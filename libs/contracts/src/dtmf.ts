import { z } from 'zod';
import { dialKeys } from './text-fields.ts';

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
  })
  .meta({ id: 'PressKeys' });

/** A command as clients see it. */
export const commandViewSchema = z
  .object({
    id: z.string().describe('Events tell it as `commandId`.'),
    state: z
      .enum(['pending', 'running', 'done'])
      .describe('`done`: the callee has them, as far as can be known.'),
  })
  .meta({ id: 'Command' });

export type PressKeys = z.output<typeof pressKeysSchema>;
export type CommandView = z.output<typeof commandViewSchema>;
