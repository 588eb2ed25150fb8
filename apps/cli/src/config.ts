import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import { readRtmpTrust } from '#adapters/rtmp-tcp';
import type { RtmpTrust } from '#adapters/rtmp-tcp';
import { readTlsSetting } from '#adapters/sip-transport';
import {
  advertisingProblems,
  apiSettings,
  drachtioUrlSchema,
  settingProblems,
  signallingSettings,
  storeSettings,
  unknownSettings,
  workerSettings,
} from '#contracts';
import type { DrachtioPlace } from '#contracts';
import { Secret } from '#foundation';

const port = z.coerce.number().int().min(1).max(65_535);

/** Every setting, with what the all-in-one can find by itself left out: its processes must not find out one after the other. */
const environmentSchema = z.object({
  ...apiSettings,
  ...signallingSettings,
  ...workerSettings,
  DATABASE_URL: storeSettings.DATABASE_URL.optional(),
  REDIS_URL: storeSettings.REDIS_URL.optional(),
  CALLCAST_HTTP_PORT: port.optional(),
  CALLCAST_WCS_PORT: port.optional(),
  CALLCAST_SIP_PORT: port.optional(),
  CALLCAST_API_KEY: apiSettings.CALLCAST_API_KEY.optional(),
  CALLCAST_SECRET_KEY: storeSettings.CALLCAST_SECRET_KEY.optional(),
  CALLCAST_SECRET_KEYS_OTHER: storeSettings.CALLCAST_SECRET_KEYS_OTHER,
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema.optional(),
  CALLCAST_LOG_LEVEL: z.enum(LOG_LEVELS).optional(),
});

/** What the all-in-one itself reads; its processes read the rest of the environment themselves. */
export interface CliConfig {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly http: { readonly host: string; readonly port: number | undefined };
  readonly wcsPort: number | undefined;
  /** One address, or one of each IP version. */
  readonly sip: { readonly hosts: readonly string[]; readonly port: number | undefined };
  readonly apiKey: string | undefined;
  readonly secretKey: string | undefined;
  /** A signalling server to use instead of the one we bring. */
  readonly drachtio: DrachtioPlace | undefined;
  /** Handed on to the processes. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the store is, and what opens its secrets. */
export interface StoreSettings {
  readonly databaseUrl: string;
  readonly secretKey: Secret;
  readonly otherSecretKeys: readonly Secret[];
}

/** A setting is wrong; nothing was started. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const parsed = environmentSchema.safeParse(withoutEmpty(environment));
  const problems = [...unknownSettings(environment), ...settingProblems(parsed.error?.issues)];
  const { CALLCAST_SIP_HOST: hosts = [], CALLCAST_ADVERTISED_ADDRESS: advertised = [] } =
    parsed.data ?? {};
  problems.push(...advertisingProblems(parsed.data?.CALLCAST_RTP_HOST ?? hosts, advertised));
  readTlsSetting(parsed.data?.CALLCAST_SIP_TLS, problems);
  readRtmpTrust(parsed.data?.CALLCAST_RTMP_CA, problems);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('\n'));
  const settings = parsed.data;
  return {
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    http: { host: settings.CALLCAST_HTTP_HOST, port: settings.CALLCAST_HTTP_PORT },
    wcsPort: settings.CALLCAST_WCS_PORT,
    sip: { hosts: settings.CALLCAST_SIP_HOST, port: settings.CALLCAST_SIP_PORT },
    apiKey: settings.CALLCAST_API_KEY,
    secretKey: settings.CALLCAST_SECRET_KEY,
    drachtio: settings.CALLCAST_DRACHTIO_URL,
    environment: definedOnly(environment),
  };
}

/** As the API reads its own: empty means not set. */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isUnset = ([name, value]: [string, string | undefined]): boolean =>
    value === '' && name in apiSettings;
  return Object.fromEntries(Object.entries(environment).filter((entry) => !isUnset(entry)));
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** All that a command needs that works on the store alone. @throws ConfigError that names every problem, and no value. */
export function readStoreSettings(environment: NodeJS.ProcessEnv = process.env): StoreSettings {
  const parsed = z.object(storeSettings).omit({ REDIS_URL: true }).safeParse(environment);
  if (!parsed.success) throw new ConfigError(settingProblems(parsed.error.issues).join('\n'));
  return {
    databaseUrl: parsed.data.DATABASE_URL,
    secretKey: new Secret(parsed.data.CALLCAST_SECRET_KEY),
    otherSecretKeys: parsed.data.CALLCAST_SECRET_KEYS_OTHER.map((key) => new Secret(key)),
  };
}

/** All that `doctor` needs. @throws ConfigError when the file is of no use. */
export function readDoctorTrust(
  environment: NodeJS.ProcessEnv = process.env,
): RtmpTrust | undefined {
  const problems: string[] = [];
  const trust = readRtmpTrust(withoutEmpty(environment)['CALLCAST_RTMP_CA'], problems);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return trust;
}
