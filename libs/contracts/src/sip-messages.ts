import { z } from 'zod';

/** A SIP message of a call, as `GET /v1/calls/{id}/sip` tells of it. */
export const sipMessageViewSchema = z
  .object({
    at: z.iso.datetime().describe('When the worker heard of it, by its clock.'),
    epoch: z.int().describe('Grows when another node takes the call over, or it is dialled again.'),
    seq: z
      .int()
      .describe(
        'Number within the epoch, from 1. Of more than 64 the first 48 and the last 16 are kept; the others leave holes.',
      ),
    direction: z.enum(['in', 'out']).describe('As seen from Callcast.'),
    summary: z.string().describe('`INVITE sip:bob@example.com`, `180 Ringing`.'),
    text: z
      .string()
      .describe(
        'Its lines, with LF between them, 4 KiB at most. `***` stands for what may be secret: credentials, passwords, keys, tokens, ' +
          'and headers, parameters and attributes that are not known. Bodies other than SDP are left out. A message that cannot ' +
          'be read is told of by its first line.',
      ),
  })
  .meta({ id: 'SipMessage' });

export const sipMessagePageSchema = z
  .object({ items: z.array(sipMessageViewSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'SipMessagePage' });

export type SipMessageView = z.output<typeof sipMessageViewSchema>;
export type SipMessagePage = z.output<typeof sipMessagePageSchema>;
