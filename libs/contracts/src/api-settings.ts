import { z } from 'zod';
import { SURVEY_LIMIT } from '#domain';
import { hookSettings } from './hook-settings.ts';
import { limitSettings } from './limit-settings.ts';
import { recordingSettings } from './recording-settings.ts';
import { targetSettings } from './target-settings.ts';
import { traceSettings } from './trace-settings.ts';

const portText = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port from 0 to 65535')
  .transform(Number)
  .pipe(z.int().max(65_535, 'must be a port from 0 to 65535'));

const isOrigin = (text: string): boolean =>
  /^https?:\/\/[A-Za-z0-9.\-:[\]]+\/?$/.test(text) && URL.canParse(text);

const http = {
  CALLCAST_HTTP_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address that the API and the WCS port listen on.'),
  CALLCAST_HTTP_PORT: portText.default(3000).describe('Port of the API; 0 asks for a free one.'),
  CALLCAST_API_KEY: z
    .string({ error: 'must be set' })
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable characters without spaces')
    .describe('The bootstrap key, sent as `Authorization: Bearer KEY`.'),
  CALLCAST_DASHBOARD_URL: z
    .string()
    .refine(isOrigin, 'must be an origin such as https://host')
    .transform((text) => new URL(text))
    .optional()
    .describe(
      'Where browsers reach the dashboard, such as https://host, where a proxy changes the Host header or says nothing of https.',
    ),
} as const;

const wcs = {
  CALLCAST_WCS_PORT: portText
    .default(9091)
    .describe('Second port for clients of the WCS dialect; 0 asks for a free one.'),
  CALLCAST_WCS_OPEN: z
    .enum(['loopback', 'any', 'off'])
    .default('loopback')
    .describe(
      'Who may use the WCS dialect without a key: this machine, everybody, nobody (loopback, any, off).',
    ),
  CALLCAST_WCS_ORIGIN: z
    .string()
    .regex(/^(?:\*|https?:\/\/[A-Za-z0-9.\-:[\]]+)$/, 'must be * or an origin such as http://host')
    .default('*')
    .describe('Pages of which origin may use the WCS dialect from a browser; * is all.'),
  CALLCAST_WCS_STREAM_PREFIX: z
    .string()
    .regex(/^[\w.-]{0,32}$/, 'must be at most 32 letters, digits and _.-')
    .default('')
    .describe(
      'Put before the names of streams that WCS 5 clients push: rtmp_ as their server does.',
    ),
} as const;

const limits = {
  CALLCAST_MAX_QUEUED: z.coerce
    .number()
    .pipe(z.int().min(0).max(SURVEY_LIMIT))
    .default(SURVEY_LIMIT)
    .describe(
      'How many calls may wait while no worker takes any; further ones are answered 503. 0 is no limit.',
    ),
  CALLCAST_STOP_DELAY_SECONDS: z.coerce
    .number()
    .pipe(z.number().min(0).max(300))
    .default(3)
    .describe(
      'How long the API goes on to serve after SIGTERM with /readyz at 503, so that balancers take it out first.',
    ),
} as const;

/** What the API is told besides the database and the queue, each with its range, its default and a sentence. */
export const apiSettings = {
  ...http,
  ...wcs,
  ...limits,
  ...traceSettings,
  ...targetSettings,
  ...hookSettings,
  ...limitSettings,
  ...recordingSettings,
} as const;
