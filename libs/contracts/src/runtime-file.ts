import { z } from 'zod';

/** `.callcast/runtime.json`: where the running copy can be reached. */
export const runtimeFileSchema = z.object({
  apiUrl: z.url(),
  wcsUrl: z.url(),
  apiKey: z.string(),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  drachtio: z.object({ host: z.string(), port: z.int(), secret: z.string() }),
  sip: z.object({ host: z.string(), port: z.int() }),
  /** Where each worker tells of its health and figures. */
  workers: z.record(z.string(), z.url()).default({}),
  pids: z.record(z.string(), z.int()),
});

export type RuntimeFile = z.output<typeof runtimeFileSchema>;
