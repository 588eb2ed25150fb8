import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { drachtioUrlSchema, unknownSettings } from '#contracts';
import type { DrachtioPlace } from '#contracts';
import { Fault } from '#domain';

const ANY_ADDRESS = '0.0.0.0';

const environmentSchema = z
  .object({
    CALLCAST_DRACHTIO_URL: drachtioUrlSchema,
    CALLCAST_SIP_HOST: z.ipv4().default('127.0.0.1'),
    CALLCAST_SIP_PORT: z.coerce.number().int().min(0).max(65_535).default(5060),
    CALLCAST_SIP_OPTIONS_SECONDS: z.coerce.number().int().min(0).max(86_400).default(30),
    CALLCAST_ADVERTISED_ADDRESS: z.string().min(1).optional(),
    CALLCAST_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  })
  .refine(
    (settings) =>
      settings.CALLCAST_SIP_HOST !== ANY_ADDRESS ||
      settings.CALLCAST_ADVERTISED_ADDRESS !== undefined,
    {
      path: ['CALLCAST_ADVERTISED_ADDRESS'],
      error: 'must be set when CALLCAST_SIP_HOST is 0.0.0.0: peers need an address to answer to',
    },
  );

/** The settings of the signalling server. */
export interface SignalingConfig {
  /** Where clients of the drachtio protocol are taken, and the secret that they must know. */
  readonly control: DrachtioPlace;
  readonly sip: {
    readonly host: string;
    readonly port: number;
    readonly advertisedAddress: string | undefined;
  };
  /** How long the peer of a call over UDP may be silent before it gets OPTIONS; 0 for ever. */
  readonly optionsIntervalMs: number;
  readonly logLevel: LogLevel;
}

/** Reads the settings. @throws Fault CONFIG_INVALID that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): SignalingConfig {
  const problems = unknownSettings(environment);
  const parsed = environmentSchema.safeParse(environment);
  for (const issue of parsed.error?.issues ?? []) {
    problems.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  if (!parsed.success || problems.length > 0) {
    throw new Fault('CONFIG_INVALID', { detail: problems.join('; ') });
  }
  const settings = parsed.data;
  return {
    control: settings.CALLCAST_DRACHTIO_URL,
    sip: {
      host: settings.CALLCAST_SIP_HOST,
      port: settings.CALLCAST_SIP_PORT,
      advertisedAddress: settings.CALLCAST_ADVERTISED_ADDRESS,
    },
    optionsIntervalMs: settings.CALLCAST_SIP_OPTIONS_SECONDS * 1000,
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
}
