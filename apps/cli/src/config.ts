import { z } from 'zod';
import { drachtioUrlSchema, localAddresses, settingProblems, unknownSettings } from '#contracts';
import type { DrachtioPlace } from '#contracts';

const port = z.coerce.number().int().min(1).max(65_535);

const environmentSchema = z.object({
  DATABASE_URL: z.string().min(1).optional(),
  REDIS_URL: z.string().min(1).optional(),
  CALLCAST_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  CALLCAST_HTTP_PORT: port.optional(),
  CALLCAST_WCS_PORT: port.optional(),
  CALLCAST_SIP_HOST: localAddresses.default(['127.0.0.1']),
  CALLCAST_SIP_PORT: port.optional(),
  CALLCAST_API_KEY: z.string().min(1).optional(),
  CALLCAST_SECRET_KEY: z.string().min(1).optional(),
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema.optional(),
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

/** A setting is wrong; nothing was started. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const parsed = environmentSchema.safeParse(environment);
  const problems = [...unknownSettings(environment), ...settingProblems(parsed.error?.issues)];
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

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
