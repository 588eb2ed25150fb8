import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { Secret } from '#foundation';
import { Fault } from '#domain';
import { drachtioUrlSchema, unknownSettings } from '#contracts';
import type { DrachtioPlace } from '#contracts';

const secretKey = z.string().refine((text) => Buffer.from(text, 'base64').length === 32, {
  error: 'must be 32 bytes in base64',
});

const portRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, 'must be two ports, such as 20000-29999')
  .refine(
    (text) => {
      const [first = 0, last = 0] = text.split('-').map(Number);
      return first >= 1024 && last <= 65_535 && last - first >= 1;
    },
    { error: 'must lie between 1024 and 65535 and hold at least two ports' },
  );

const environmentSchema = z.object({
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1),
  CALLCAST_SECRET_KEY: secretKey,
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema.optional(),
  CALLCAST_SIP_HOST: z.string().min(1).default('127.0.0.1'),
  CALLCAST_SIP_PORT: z.coerce.number().int().min(0).max(65_535).default(5060),
  CALLCAST_SIP_OPTIONS_SECONDS: z.coerce.number().int().min(0).max(86_400).default(30),
  CALLCAST_ADVERTISED_ADDRESS: z.string().min(1).optional(),
  CALLCAST_RTP_HOST: z.string().min(1).optional(),
  CALLCAST_RTP_PORTS: portRange.default('20000-29999'),
  CALLCAST_CAPACITY: z
    .union([z.literal('auto'), z.coerce.number().int().min(1).max(10_000)])
    .default('auto'),
  CALLCAST_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** The worker's settings. */
export interface WorkerConfig {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly secretKey: Secret;
  /** Unset: the worker carries a signalling server of its own. */
  readonly drachtio: DrachtioPlace | undefined;
  readonly sip: { readonly host: string; readonly port: number };
  /** How long the peer of a call over UDP may be silent before it gets OPTIONS; 0 for ever. */
  readonly sipOptionsIntervalMs: number;
  /** Goes into SDP and Contact. */
  readonly advertisedAddress: string;
  readonly rtp: { readonly host: string; readonly ports: string };
  /** Calls at the same time. */
  readonly capacity: number;
  readonly logLevel: LogLevel;
}

/** Calls that one core carries beside its other work, at the measured cost of an audio call. */
const AUTO_CAPACITY = 100;
const ANY_ADDRESS = ['0.0.0.0', '::'];

/** Reads the settings. @throws Fault CONFIG_INVALID that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const problems = unknownSettings(environment);
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      problems.push(`${issue.path.join('.')}: ${issue.message}`);
    }
  }
  const rtpHost = parsed.data?.CALLCAST_RTP_HOST ?? parsed.data?.CALLCAST_SIP_HOST ?? '';
  const advertised = parsed.data?.CALLCAST_ADVERTISED_ADDRESS ?? rtpHost;
  if (ANY_ADDRESS.includes(advertised)) {
    problems.push('CALLCAST_ADVERTISED_ADDRESS: must be set when listening on all addresses');
  }
  if (problems.length > 0 || !parsed.success) {
    throw new Fault('CONFIG_INVALID', { detail: problems.join('; ') });
  }
  const settings = parsed.data;
  return {
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    secretKey: new Secret(settings.CALLCAST_SECRET_KEY),
    drachtio: settings.CALLCAST_DRACHTIO_URL,
    sip: { host: settings.CALLCAST_SIP_HOST, port: settings.CALLCAST_SIP_PORT },
    sipOptionsIntervalMs: settings.CALLCAST_SIP_OPTIONS_SECONDS * 1000,
    advertisedAddress: advertised,
    rtp: { host: rtpHost, ports: settings.CALLCAST_RTP_PORTS },
    capacity: settings.CALLCAST_CAPACITY === 'auto' ? AUTO_CAPACITY : settings.CALLCAST_CAPACITY,
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
}
