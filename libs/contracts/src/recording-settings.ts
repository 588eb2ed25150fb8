import { z } from 'zod';

/** What the API and the workers are told of recordings. */
export const recordingSettings = {
  CALLCAST_RECORDINGS: z
    .string()
    .regex(/^(?:\/|[A-Za-z]:[\\/])/, 'must be the absolute path of a folder')
    .optional()
    .describe('Folder of recordings (outputs file:NAME). Not set: nothing is recorded.'),
} as const;
