import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { Secret } from '#foundation';
import { Fault } from '#domain';
import { readTlsSettings } from '#adapters/sip-transport';
import type { TlsOptions } from '#adapters/sip-transport';
import { AAC_CHOICES } from './aac-encoders.ts';
import type { AacChoice } from './aac-encoders.ts';
import type { JitterRange } from '#media';
import {
  advertisedAddresses,
  advertisedFor,
  dnsServersSchema,
  drachtioUrlSchema,
  localAddresses,
  settingProblems,
  unknownSettings,
} from '#contracts';
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

/** Largest payload of one UDP datagram over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

/** Packets wait at least so long in the jitter buffer: shorter waits gain nothing where sound goes out in beats of 20 ms. */
const MIN_JITTER_MS = 40;

const environmentSchema = z.object({
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1),
  CALLCAST_SECRET_KEY: secretKey,
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema.optional(),
  CALLCAST_SIP_HOST: localAddresses.default(['127.0.0.1']),
  CALLCAST_SIP_PORT: z.coerce.number().int().min(0).max(65_535).default(5060),
  CALLCAST_SIP_OPTIONS_SECONDS: z.coerce.number().int().min(0).max(86_400).default(30),
  CALLCAST_SIP_TARGET_SECONDS: z.coerce.number().int().min(1).max(32).default(6),
  CALLCAST_DNS_SERVERS: dnsServersSchema.optional(),
  CALLCAST_SIP_TLS: z.string().min(1).optional(),
  CALLCAST_SIP_UDP_LIMIT: z.coerce.number().int().min(0).max(MAX_DATAGRAM_BYTES).default(1300),
  CALLCAST_ADVERTISED_ADDRESS: advertisedAddresses.default([]),
  CALLCAST_RTP_HOST: localAddresses.optional(),
  CALLCAST_RTP_PORTS: portRange.default('20000-29999'),
  CALLCAST_JITTER_MAX_MS: z.coerce.number().int().min(MIN_JITTER_MS).max(500).default(300),
  CALLCAST_AAC: z.enum(AAC_CHOICES).default('auto'),
  CALLCAST_CAPACITY: z
    .union([z.literal('auto'), z.coerce.number().int().min(1).max(10_000)], {
      error: 'must be auto or a whole number from 1 to 10000',
    })
    .default('auto'),
  CALLCAST_WORKER_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  CALLCAST_WORKER_HTTP_PORT: z
    .union([z.literal('off'), z.coerce.number().int().min(0).max(65_535)])
    .default(0),
  CALLCAST_ADMISSION: z.enum(['load', 'capacity']).default('load'),
  CALLCAST_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Where media is received. */
export interface MediaAddress {
  /** Address to bind. */
  readonly host: string;
  /** Goes into SDP. */
  readonly advertised: string;
}

/** The worker's settings. */
export interface WorkerConfig {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly secretKey: Secret;
  /** Unset: the worker carries a signalling server of its own. */
  readonly drachtio: DrachtioPlace | undefined;
  /** Of the signalling server that the worker carries. */
  readonly sip: {
    /** One address, or one of each IP version. */
    readonly host: readonly string[];
    readonly port: number;
    readonly advertisedAddress: readonly string[];
    readonly tls: TlsOptions | undefined;
    /** Longest request for UDP, in bytes; 0 has no limit. */
    readonly udpLimitBytes: number;
  };
  /** How long the peer of a call over UDP may be silent before it gets OPTIONS; 0 for ever. */
  readonly sipOptionsIntervalMs: number;
  /** How long a SIP target may be silent when there is another one. */
  readonly nextTargetAfterMs: number;
  /** Name servers to ask; unset: the system's. */
  readonly dnsServers: readonly string[] | undefined;
  readonly rtp: { readonly addresses: readonly MediaAddress[]; readonly ports: string };
  /** How long packets may be made to wait in the jitter buffer. */
  readonly jitter: JitterRange;
  /** Where AAC is encoded: in this process, in an ffmpeg process per call, or in this process if it can. */
  readonly aac: AacChoice;
  /** Where the worker tells of its health and its figures; undefined for nowhere. Port 0 is a free one. */
  readonly health: { readonly host: string; readonly port: number } | undefined;
  /** Calls of the plainest kind at the same time; `auto`: as many as this machine can carry. */
  readonly capacity: number | 'auto';
  /** Whether no call is taken while the node has too much to do; else only the capacity counts. */
  readonly admissionFollowsLoad: boolean;
  readonly logLevel: LogLevel;
}

/** Reads the settings. @throws Fault CONFIG_INVALID that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const parsed = environmentSchema.safeParse(environment);
  const problems = [...unknownSettings(environment), ...settingProblems(parsed.error?.issues)];
  const { CALLCAST_SIP_HOST: hosts = [], CALLCAST_ADVERTISED_ADDRESS: given = [] } =
    parsed.data ?? {};
  const addresses = mediaAddresses(parsed.data?.CALLCAST_RTP_HOST ?? hosts, given, problems);
  const tls = readTls(parsed.data?.CALLCAST_SIP_TLS, problems);
  if (problems.length > 0 || !parsed.success) {
    throw new Fault('CONFIG_INVALID', { detail: problems.join('; ') });
  }
  const settings = parsed.data;
  return {
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    secretKey: new Secret(settings.CALLCAST_SECRET_KEY),
    drachtio: settings.CALLCAST_DRACHTIO_URL,
    sip: {
      host: hosts,
      port: settings.CALLCAST_SIP_PORT,
      advertisedAddress: [...given, ...addresses.map(({ advertised }) => advertised)],
      tls,
      udpLimitBytes: settings.CALLCAST_SIP_UDP_LIMIT,
    },
    sipOptionsIntervalMs: settings.CALLCAST_SIP_OPTIONS_SECONDS * 1000,
    nextTargetAfterMs: settings.CALLCAST_SIP_TARGET_SECONDS * 1000,
    dnsServers: settings.CALLCAST_DNS_SERVERS,
    rtp: { addresses, ports: settings.CALLCAST_RTP_PORTS },
    jitter: { minMs: MIN_JITTER_MS, maxMs: settings.CALLCAST_JITTER_MAX_MS },
    aac: settings.CALLCAST_AAC,
    health: healthOf(settings.CALLCAST_WORKER_HTTP_HOST, settings.CALLCAST_WORKER_HTTP_PORT),
    capacity: settings.CALLCAST_CAPACITY,
    admissionFollowsLoad: settings.CALLCAST_ADMISSION === 'load',
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
}

const healthOf = (host: string, port: number | 'off'): WorkerConfig['health'] =>
  port === 'off' ? undefined : { host, port };

function mediaAddresses(
  hosts: readonly string[],
  given: readonly string[],
  problems: string[],
): readonly MediaAddress[] {
  return hosts.map((host) => {
    const advertised = advertisedFor(host, given);
    if (advertised === undefined) {
      problems.push(`CALLCAST_ADVERTISED_ADDRESS: must be set when listening on ${host}`);
    }
    return { host, advertised: advertised ?? host };
  });
}

function readTls(file: string | undefined, problems: string[]): TlsOptions | undefined {
  if (file === undefined) return undefined;
  try {
    return readTlsSettings(file);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    problems.push(`CALLCAST_SIP_TLS: ${error.detail}`);
    return undefined;
  }
}
