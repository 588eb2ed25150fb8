import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { Secret } from '#foundation';
import { Fault } from '#domain';
import type { HookTargets } from '#domain';
import { readRtmpTrust } from '#adapters/rtmp-tcp';
import type { RtmpTrust } from '#adapters/rtmp-tcp';
import { readTlsSetting } from '#adapters/sip-transport';
import type { TlsOptions } from '#adapters/sip-transport';
import type { JitterRange } from '#media';
import {
  MIN_JITTER_MS,
  advertisedFor,
  advertisingProblems,
  drachtioUrlSchema,
  hookTargetsOf,
  settingProblems,
  signallingConfig,
  signallingSettings,
  storeSettings,
  unknownSettings,
  withoutEmpty,
  workerSettings,
} from '#contracts';
import type { AacChoice, DrachtioPlace, SignallingConfig, WorkerRole } from '#contracts';

const environmentSchema = z.object({
  ...storeSettings,
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema.optional(),
  ...signallingSettings,
  ...workerSettings,
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
  readonly otherSecretKeys: readonly Secret[];
  /** Unset: the worker carries a signalling server of its own. */
  readonly drachtio: DrachtioPlace | undefined;
  /** Of the signalling server that the worker carries. */
  readonly signalling: SignallingConfig & {
    readonly sip: SignallingConfig['sip'] & { readonly tls: TlsOptions | undefined };
  };
  readonly rtp: { readonly addresses: readonly MediaAddress[]; readonly ports: string };
  /** Whose certificates outputs trust, and whether they may go to private addresses. */
  readonly rtmp: { readonly trust: RtmpTrust | undefined; readonly allowPrivateTargets: boolean };
  readonly roles: ReadonlySet<WorkerRole>;
  /** Where hooks may be sent, and how long it is kept what they were told. */
  readonly hookTargets: HookTargets;
  readonly hooksKeepDays: number;
  /** How long packets may be made to wait in the jitter buffer. */
  readonly jitter: JitterRange;
  /** Where AAC is encoded: in this process, in an ffmpeg process per call, or in this process if it can. */
  readonly aac: AacChoice;
  /** Where the worker tells of its health and its figures; undefined for nowhere. Port 0 is a free one. */
  readonly health: { readonly host: string; readonly port: number } | undefined;
  /** Where the API reaches that, with `{port}` for its port; undefined where it is the address it listens on. */
  readonly url: string | undefined;
  /** Folder of recordings; undefined where nothing is recorded. */
  readonly recordings: string | undefined;
  /** Calls of the plainest kind at the same time; `auto`: as many as this machine can carry. */
  readonly capacity: number | 'auto';
  /** Whether no call is taken while the node has too much to do; else only the capacity counts. */
  readonly admissionFollowsLoad: boolean;
  /** Where traces are told; undefined for nowhere. */
  readonly otelEndpoint: string | undefined;
  readonly logLevel: LogLevel;
}

/** Reads the settings. @throws Fault CONFIG_INVALID that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const set = withoutEmpty(environment);
  const parsed = environmentSchema.safeParse(set);
  const problems = [...unknownSettings(set), ...settingProblems(parsed.error?.issues)];
  const { CALLCAST_SIP_HOST: hosts = [], CALLCAST_ADVERTISED_ADDRESS: given = [] } =
    parsed.data ?? {};
  const rtpHosts = parsed.data?.CALLCAST_RTP_HOST ?? hosts;
  problems.push(...advertisingProblems(rtpHosts, given));
  const tls = readTlsSetting(parsed.data?.CALLCAST_SIP_TLS, problems);
  const trust = readRtmpTrust(parsed.data?.CALLCAST_RTMP_CA, problems);
  if (problems.length > 0 || !parsed.success) {
    throw new Fault('CONFIG_INVALID', { detail: problems.join('; ') });
  }
  const settings = parsed.data;
  const signalling = signallingConfig(settings);
  const addresses = rtpHosts.map((host) => ({
    host,
    advertised: advertisedFor(host, given) ?? host,
  }));
  return {
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    secretKey: new Secret(settings.CALLCAST_SECRET_KEY),
    otherSecretKeys: settings.CALLCAST_SECRET_KEYS_OTHER.map((key) => new Secret(key)),
    drachtio: settings.CALLCAST_DRACHTIO_URL,
    signalling: {
      ...signalling,
      sip: {
        ...signalling.sip,
        advertisedAddress: [...given, ...addresses.map(({ advertised }) => advertised)],
        tls,
      },
    },
    rtp: { addresses, ports: settings.CALLCAST_RTP_PORTS },
    rtmp: { trust, allowPrivateTargets: settings.CALLCAST_ALLOW_PRIVATE_TARGETS },
    roles: settings.CALLCAST_WORKER_ROLES,
    hookTargets: hookTargetsOf(settings),
    hooksKeepDays: settings.CALLCAST_HOOKS_KEEP_DAYS,
    jitter: { minMs: MIN_JITTER_MS, maxMs: settings.CALLCAST_JITTER_MAX_MS },
    aac: settings.CALLCAST_AAC,
    health: healthOf(settings.CALLCAST_WORKER_HTTP_HOST, settings.CALLCAST_WORKER_HTTP_PORT),
    url: settings.CALLCAST_WORKER_URL,
    recordings: settings.CALLCAST_RECORDINGS,
    capacity: settings.CALLCAST_CAPACITY,
    admissionFollowsLoad: settings.CALLCAST_ADMISSION === 'load',
    otelEndpoint: settings.CALLCAST_OTEL_ENDPOINT,
    logLevel: settings.CALLCAST_LOG_LEVEL,
  };
}

const healthOf = (host: string, port: number | 'off'): WorkerConfig['health'] =>
  port === 'off' ? undefined : { host, port };
