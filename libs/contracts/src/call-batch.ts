import { z } from 'zod';
import { createCallSchema } from './create-call.ts';
import { callViewSchema, problemSchema } from './views.ts';

/** Most calls of one batch. */
const MOST_CALLS = 1_000;

const shownSchema = z
  .strictObject({
    calls: z
      .array(createCallSchema)
      .min(1)
      .max(MOST_CALLS)
      .describe('Each as in `POST /v1/calls`. They are placed in this order.'),
  })
  .meta({ id: 'CallBatch' });

const takenSchema = z.strictObject({ calls: z.array(z.unknown()).min(1).max(MOST_CALLS) });

/** The body of `POST /v1/calls:batch`. What is shown is stricter than what is checked: each call is looked at by itself. */
export const callBatchSchema = {
  '~standard': {
    ...takenSchema['~standard'],
    jsonSchema: shownSchema['~standard'].jsonSchema,
  },
};

const placedCallSchema = z
  .object({
    status: z.int().describe('As `POST /v1/calls` would have answered: 202, or that of `problem`.'),
    call: callViewSchema.nullable(),
    problem: problemSchema.nullable().describe('Why it was not placed.'),
  })
  .meta({ id: 'PlacedCall' });

/** What became of each call of a batch. */
export const callBatchResultSchema = z
  .object({
    placed: z.int(),
    refused: z.int(),
    results: z.array(placedCallSchema).describe('In the order of the request.'),
  })
  .meta({ id: 'CallBatchResult' });

/** What became of one call of a batch. */
export type PlacedCall = z.output<typeof placedCallSchema>;
/** What became of each call of a batch. */
export type CallBatchResult = z.output<typeof callBatchResultSchema>;
