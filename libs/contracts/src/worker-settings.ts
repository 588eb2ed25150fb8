import { z } from 'zod';
import { localAddresses } from './address-settings.ts';
import { hookSettings } from './hook-settings.ts';
import { recordingSettings } from './recording-settings.ts';
import { targetSettings } from './target-settings.ts';
import { traceSettings } from './trace-settings.ts';

/** What `CALLCAST_AAC` takes. */
export const AAC_CHOICES = ['auto', 'callcast', 'libav', 'ffmpeg'] as const;
/** Where AAC is encoded. */
export type AacChoice = (typeof AAC_CHOICES)[number];

/** Packets wait at least so long in the jitter buffer: shorter waits gain nothing where sound goes out in beats of 20 ms. */
export const MIN_JITTER_MS = 40;

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

/** `{port}` stands for the port that the worker listens on. */
function isWorkerUrl(text: string): boolean {
  const filled = text.replace('{port}', '1');
  if (!URL.canParse(filled)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(filled);
  const isPlain = pathname === '/' && `${search}${hash}${username}${password}` === '';
  return (protocol === 'http:' || protocol === 'https:') && isPlain;
}

/** What a worker can do. */
const WORKER_ROLES = ['calls', 'hooks', 'reconcile'] as const;
/** One of them. */
export type WorkerRole = (typeof WORKER_ROLES)[number];

const isRole = (text: string): text is WorkerRole => WORKER_ROLES.some((role) => role === text);

const roles = z
  .string()
  .default(WORKER_ROLES.join(','))
  .transform((text, context): ReadonlySet<WorkerRole> => {
    const names = text.split(',').map((name) => name.trim());
    const known = new Set(names.filter(isRole));
    const problem =
      known.size < names.length ? `must be some of ${WORKER_ROLES.join(',')}` : undefined;
    const needs =
      known.has('reconcile') && !known.has('calls')
        ? 'must have calls where it has reconcile, which hangs up what dead workers have left'
        : undefined;
    const message = problem ?? needs;
    if (message !== undefined) context.issues.push({ code: 'custom', message, input: text });
    return known;
  });

/** What a worker is told besides the database, the queue and the signalling. */
export const workerSettings = {
  ...targetSettings,
  ...traceSettings,
  ...hookSettings,
  CALLCAST_WORKER_ROLES: roles.describe('What the worker does.'),
  CALLCAST_HOOKS_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('How long deliveries of hooks are kept after they were taken or given up.'),
  CALLCAST_RTMP_CA: z.string().min(1).optional(),
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
  CALLCAST_WORKER_URL: z
    .string()
    .refine(isWorkerUrl, 'must be like http://10.0.0.7:{port}, without a path')
    .optional(),
  ...recordingSettings,
  CALLCAST_ADMISSION: z.enum(['load', 'capacity']).default('load'),
} as const;
