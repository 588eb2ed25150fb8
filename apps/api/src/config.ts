import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { settingProblems, unknownSettings } from '#contracts';
import { Secret } from '#foundation';
import type { ApiSettings } from './tokens.ts';

/** The settings cannot be used. The message names every problem, and never a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}

/** `EX_CONFIG` of sysexits.h: something is wrong with the settings. */
export const CONFIG_EXIT_CODE = 78;

const portText = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port from 0 to 65535')
  .transform(Number)
  .pipe(z.int().max(65_535, 'must be a port from 0 to 65535'));

const urlOf = (...schemes: readonly string[]) =>
  z
    .string({ error: 'must be set' })
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${schemes.join(' or ')}`,
    });

const storeSchema = z.object({
  DATABASE_URL: urlOf('postgres:', 'postgresql:').describe('PostgreSQL, the record of everything.'),
  REDIS_URL: urlOf('redis:', 'rediss:').describe('Redis, for the queue and announcements.'),
  CALLCAST_SECRET_KEY: z
    .string({ error: 'must be set' })
    .refine((text) => /^[A-Za-z0-9+/]{43}=$/.test(text), { error: 'must be 32 bytes in base64' })
    .describe('Seals passwords and stream keys at rest: 32 bytes in base64.'),
});

const httpSchema = z.object({
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
  CALLCAST_ALLOW_PRIVATE_TARGETS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether calls may reach addresses of private networks and this machine.'),
});

const wcsSchema = z.object({
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
});

const logSchema = z.object({
  CALLCAST_LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe('Which log lines are written: debug, info, warn, error, silent.'),
});

/** Every setting of the API, with its range, its default and a sentence. */
export const environmentSchema = z.object({
  ...storeSchema.shape,
  ...httpSchema.shape,
  ...wcsSchema.shape,
  ...logSchema.shape,
});

/** The settings as the process uses them. */
export interface ApiConfig {
  readonly store: { readonly databaseUrl: string; readonly secretKey: Secret };
  readonly redisUrl: string;
  readonly listen: { readonly host: string; readonly port: number; readonly wcsPort: number };
  readonly api: ApiSettings;
  readonly logLevel: LogLevel;
}

/** Empty means not set, as in an `.env` file that was only begun. */
const withoutEmpty = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

/** Reads the settings. @throws SettingsError that names every problem at once. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): ApiConfig {
  const given = withoutEmpty(environment);
  const parsed = environmentSchema.safeParse(given);
  const problems = [...unknownSettings(given), ...settingProblems(parsed.error?.issues)];
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  const settings = parsed.data;
  return {
    store: {
      databaseUrl: settings.DATABASE_URL,
      secretKey: new Secret(settings.CALLCAST_SECRET_KEY),
    },
    redisUrl: settings.REDIS_URL,
    listen: {
      host: settings.CALLCAST_HTTP_HOST,
      port: settings.CALLCAST_HTTP_PORT,
      wcsPort: settings.CALLCAST_WCS_PORT,
    },
    api: {
      apiKey: new Secret(settings.CALLCAST_API_KEY),
      wcsOpen: settings.CALLCAST_WCS_OPEN,
      wcsOrigin: settings.CALLCAST_WCS_ORIGIN,
      allowPrivateTargets: settings.CALLCAST_ALLOW_PRIVATE_TARGETS,
    },
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
}
