import { z } from 'zod';

const urlOf = (...schemes: readonly string[]) =>
  z
    .string({ error: 'must be set' })
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${schemes.join(' or ')}`,
    });

/** Where calls are recorded and queued, and how secrets are sealed. */
export const storeSettings = {
  DATABASE_URL: urlOf('postgres:', 'postgresql:').describe('PostgreSQL, the record of everything.'),
  REDIS_URL: urlOf('redis:', 'rediss:').describe('Redis, for the queue and announcements.'),
  CALLCAST_SECRET_KEY: z
    .string({ error: 'must be set' })
    .refine((text) => /^[A-Za-z0-9+/]{43}=$/.test(text), { error: 'must be 32 bytes in base64' })
    .describe('Seals passwords and stream keys at rest: 32 bytes in base64.'),
} as const;
