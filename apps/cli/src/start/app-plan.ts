import { join } from 'node:path';
import type { CliConfig } from '../config.ts';
import type { InstanceKeys } from './keys.ts';

/** Where the signalling server takes its clients. */
export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** Everything that the processes must agree on. */
export interface AppPlan {
  readonly config: CliConfig;
  readonly keys: InstanceKeys;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly drachtio: DrachtioAddress;
  readonly sip: { readonly host: string; readonly port: number };
  /** Folder of recordings, unless another one is set. */
  readonly recordings: string;
}

/** Ports that the API listens on. */
export interface ApiPorts {
  readonly http: number;
  readonly wcs: number;
}

/** The compiled entry of one of our apps. */
export function appScript(root: string, app: 'api' | 'worker' | 'signaling'): string {
  return join(root, 'dist', 'apps', app, 'src', 'main.js');
}

/** `drachtio://:secret@host:port`, as every process of ours reads it. */
function formatDrachtioUrl({ host, port, secret }: DrachtioAddress): string {
  const place = host.includes(':') ? `[${host}]` : host;
  return `drachtio://:${encodeURIComponent(secret)}@${place}:${port}`;
}

/** What the signalling server is told; it needs neither database nor queue. */
export function signalingEnvironment(
  config: CliConfig,
  at: Pick<AppPlan, 'drachtio' | 'sip'>,
): Record<string, string> {
  return {
    ...config.environment,
    CALLCAST_DRACHTIO_URL: formatDrachtioUrl(at.drachtio),
    CALLCAST_SIP_HOST: at.sip.host,
    CALLCAST_SIP_PORT: String(at.sip.port),
  };
}

/** Several workers of one machine cannot share a port: they count up from the one that is given. */
function healthPort(given: string | undefined, index: number): Record<string, string> {
  const first = Number(given);
  return first > 0 ? { CALLCAST_WORKER_HTTP_PORT: String(first + index) } : {};
}

/** What a worker is told. @param index Which of the workers it is, from 0. */
export function workerEnvironment(plan: AppPlan, index = 0): Record<string, string> {
  return {
    ...signalingEnvironment(plan.config, plan),
    ...healthPort(plan.config.environment['CALLCAST_WORKER_HTTP_PORT'], index),
    DATABASE_URL: plan.databaseUrl,
    REDIS_URL: plan.redisUrl,
    CALLCAST_SECRET_KEY: plan.keys.secretKey,
    // For CALLCAST_AAC=libav: glibc would keep its freed encoders in a heap that small objects fragment.
    MALLOC_MMAP_THRESHOLD_: plan.config.environment['MALLOC_MMAP_THRESHOLD_'] ?? '131072',
    CALLCAST_RECORDINGS: plan.config.environment['CALLCAST_RECORDINGS'] ?? plan.recordings,
    // Everything runs on this machine: its own addresses must be allowed as targets.
    CALLCAST_ALLOW_PRIVATE_TARGETS:
      plan.config.environment['CALLCAST_ALLOW_PRIVATE_TARGETS'] ?? 'true',
  };
}

/** What the API is told. */
export function apiEnvironment(plan: AppPlan, ports: ApiPorts): Record<string, string> {
  return {
    ...workerEnvironment(plan),
    // No balancer stands before the only API.
    CALLCAST_STOP_DELAY_SECONDS: plan.config.environment['CALLCAST_STOP_DELAY_SECONDS'] ?? '0',
    CALLCAST_API_KEY: plan.keys.apiKey,
    CALLCAST_HTTP_HOST: plan.config.http.host,
    CALLCAST_HTTP_PORT: String(ports.http),
    CALLCAST_WCS_PORT: String(ports.wcs),
  };
}
