import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { readTlsSettings } from '#adapters/sip-transport';
import type { TlsOptions } from '#adapters/sip-transport';
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
import { Fault } from '#domain';

/** Largest payload of one UDP datagram over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

const environmentSchema = z.object({
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema,
  CALLCAST_SIP_HOST: localAddresses.default(['127.0.0.1']),
  CALLCAST_SIP_PORT: z.coerce.number().int().min(0).max(65_535).default(5060),
  CALLCAST_SIP_OPTIONS_SECONDS: z.coerce.number().int().min(0).max(86_400).default(30),
  CALLCAST_SIP_TARGET_SECONDS: z.coerce.number().int().min(1).max(32).default(6),
  CALLCAST_DNS_SERVERS: dnsServersSchema.optional(),
  CALLCAST_SIP_TLS: z.string().min(1).optional(),
  CALLCAST_SIP_UDP_LIMIT: z.coerce.number().int().min(0).max(MAX_DATAGRAM_BYTES).default(1300),
  CALLCAST_ADVERTISED_ADDRESS: advertisedAddresses.default([]),
  CALLCAST_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** The settings of the signalling server. */
export interface SignalingConfig {
  /** Where clients of the drachtio protocol are taken, and the secret that they must know. */
  readonly control: DrachtioPlace;
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
  readonly optionsIntervalMs: number;
  /** How long a SIP target may be silent when there is another one. */
  readonly nextTargetAfterMs: number;
  /** Name servers to ask; unset: the system's. */
  readonly dnsServers: readonly string[] | undefined;
  readonly logLevel: LogLevel;
}

/** Reads the settings. @throws Fault CONFIG_INVALID that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): SignalingConfig {
  const parsed = environmentSchema.safeParse(environment);
  const problems = [...unknownSettings(environment), ...settingProblems(parsed.error?.issues)];
  const { CALLCAST_SIP_HOST: hosts = [], CALLCAST_ADVERTISED_ADDRESS: advertised = [] } =
    parsed.data ?? {};
  for (const host of hosts.filter((each) => advertisedFor(each, advertised) === undefined)) {
    problems.push(`CALLCAST_ADVERTISED_ADDRESS: must be set when CALLCAST_SIP_HOST is ${host}`);
  }
  const tls = readTls(parsed.data?.CALLCAST_SIP_TLS, problems);
  if (!parsed.success || problems.length > 0) {
    throw new Fault('CONFIG_INVALID', { detail: problems.join('; ') });
  }
  const settings = parsed.data;
  return {
    control: settings.CALLCAST_DRACHTIO_URL,
    sip: {
      host: hosts,
      port: settings.CALLCAST_SIP_PORT,
      advertisedAddress: advertised,
      tls,
      udpLimitBytes: settings.CALLCAST_SIP_UDP_LIMIT,
    },
    optionsIntervalMs: settings.CALLCAST_SIP_OPTIONS_SECONDS * 1000,
    nextTargetAfterMs: settings.CALLCAST_SIP_TARGET_SECONDS * 1000,
    dnsServers: settings.CALLCAST_DNS_SERVERS,
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
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
