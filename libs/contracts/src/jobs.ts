import { z } from 'zod';
import { isTraceparent } from '#foundation';

/** A job: its queue, its payload and how it is tried again. */
export interface JobEntry<Payload extends z.ZodType> {
  /** One sentence. */
  readonly purpose: string;
  readonly queue: string;
  readonly payload: Payload;
  readonly attempts: number;
  /** First delay of an exponential backoff, in milliseconds. */
  readonly backoffMs: number;
}

/** Every job there is. Payloads are parsed where they are added and where they are taken. */
export const JOB_CATALOG = {
  dial: {
    purpose: 'Take the lease of a queued call and start to dial it.',
    queue: 'calls',
    payload: z.strictObject({
      callId: z.string().regex(/^call_[0-9a-z]{26}$/),
      epoch: z.int().min(0),
      trunkId: z
        .string()
        .regex(/^trunk_[0-9a-z]{26}$/)
        .optional(),
      traceparent: z.string().refine(isTraceparent).optional(),
    }),
    attempts: 3,
    backoffMs: 500,
  },
  deliver: {
    purpose: 'Tell an endpoint what is due for it.',
    queue: 'hooks',
    payload: z.strictObject({ hookId: z.string().regex(/^hook_[0-9a-z]{26}$/) }),
    // What fails is due still, and gets another job by the next look.
    attempts: 1,
    backoffMs: 500,
  },
} as const satisfies Record<string, JobEntry<z.ZodType>>;

/** Redis pub/sub channels. What they carry is a hint; the record is in Postgres. */
export const CHANNELS = { events: 'callcast:events', commands: 'callcast:commands' } as const;

/** The channel on which nodes tell the figures of their calls; a message holds JSON. Lost ones are not missed. */
export const FIGURES_CHANNEL = 'callcast:figures';
