import { z } from 'zod';
import { SURVEY_LIMIT } from '#domain';

/** Stands for that many and more. */
const MOST = SURVEY_LIMIT.toLocaleString('en');

/** One queue as clients see it. */
export const queueViewSchema = z
  .object({
    store: z.enum(['postgres', 'redis']).describe('Where it is kept.'),
    queue: z.string(),
    waiting: z.int().describe(`Ready to be taken; ${MOST} stands for that many and more.`),
    delayed: z.int().describe('To be taken at a later time.'),
    active: z.int().describe('Taken, and not done.'),
    failed: z
      .int()
      .nullable()
      .describe(
        'Given up: of a table those that are still kept, in Redis all since it was empty. Null for calls and commands, which end with a reason of their own.',
      ),
    oldestWaitingMs: z
      .int()
      .describe('For how long the one has been waiting that is to be taken next; 0 for none.'),
  })
  .meta({ id: 'Queue' });

/** What `GET /v1/queues` answers. All queues fit in one page. */
export const queuePageSchema = z
  .object({ items: z.array(queueViewSchema), nextCursor: z.null() })
  .meta({ id: 'QueuePage' });

/** A queue in an answer. */
export type QueueView = z.output<typeof queueViewSchema>;
/** All queues in an answer. */
export type QueuePage = z.output<typeof queuePageSchema>;
