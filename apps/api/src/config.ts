import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import {
  apiSettings,
  appLimitsOf,
  hookTargetsOf,
  settingProblems,
  storeSettings,
  unknownSettings,
  withoutEmpty,
} from '#contracts';
import { Secret } from '#foundation';
import { BUILT_DASHBOARD } from './dashboard/page-files.ts';
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

const logSchema = z.object({
  CALLCAST_LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe('Which log lines are written: debug, info, warn, error, silent.'),
});

/** Every setting of the API, with its range, its default and a sentence. */
export const environmentSchema = z.object({
  ...storeSettings,
  ...apiSettings,
  ...logSchema.shape,
});

/** The settings as the process uses them. */
export interface ApiConfig {
  readonly store: {
    readonly databaseUrl: string;
    readonly secretKey: Secret;
    readonly otherSecretKeys: readonly Secret[];
  };
  readonly redisUrl: string;
  readonly listen: { readonly host: string; readonly port: number; readonly wcsPort: number };
  readonly api: ApiSettings;
  /** How long it goes on to listen when it is told to end, in milliseconds. */
  readonly stopDelayMs: number;
  /** Where traces are told; undefined for nowhere. */
  readonly otelEndpoint: string | undefined;
  readonly logLevel: LogLevel;
}

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
      otherSecretKeys: settings.CALLCAST_SECRET_KEYS_OTHER.map((key) => new Secret(key)),
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
      wcsStreamPrefix: settings.CALLCAST_WCS_STREAM_PREFIX,
      maxQueued: settings.CALLCAST_MAX_QUEUED,
      allowPrivateTargets: settings.CALLCAST_ALLOW_PRIVATE_TARGETS,
      hookTargets: hookTargetsOf(settings),
      limits: appLimitsOf(settings),
      wrongKeysPerMinute: settings.CALLCAST_WRONG_KEYS_PER_MINUTE,
      dashboardUrl: settings.CALLCAST_DASHBOARD_URL,
      dashboardFolder: BUILT_DASHBOARD,
      recordings: settings.CALLCAST_RECORDINGS,
    },
    stopDelayMs: settings.CALLCAST_STOP_DELAY_SECONDS * 1_000,
    otelEndpoint: settings.CALLCAST_OTEL_ENDPOINT,
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
}
