import { z } from 'zod';

const urlOf = (...schemes: readonly string[]) =>
  z
    .string({ error: 'must be set' })
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${schemes.join(' or ')}`,
    });

const SECRET_KEY = /^[A-Za-z0-9+/]{43}=$/;
const MAX_OTHER_KEYS = 8;

/** Where calls are recorded and queued, and how secrets are sealed. */
export const storeSettings = {
  DATABASE_URL: urlOf('postgres:', 'postgresql:').describe('PostgreSQL, the record of everything.'),
  REDIS_URL: urlOf('redis:', 'rediss:').describe('Redis, for the queue and announcements.'),
  CALLCAST_SECRET_KEY: z
    .string({ error: 'must be set' })
    .refine((text) => SECRET_KEY.test(text), { error: 'must be 32 bytes in base64' })
    .describe('Seals passwords and stream keys at rest: 32 bytes in base64.'),
  CALLCAST_SECRET_KEYS_OTHER: z
    .string()
    .transform((text) => text.split(',').flatMap((key) => (key === '' ? [] : [key.trim()])))
    .refine((keys) => keys.length <= MAX_OTHER_KEYS && keys.every((key) => SECRET_KEY.test(key)), {
      error: `must be up to ${MAX_OTHER_KEYS} keys of 32 bytes in base64 with commas between`,
    })
    .default([])
    .describe(
      'More keys with commas between, which only open what they have sealed: the one before or the one to come.',
    ),
} as const;
