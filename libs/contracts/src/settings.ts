/** Every setting with our prefix. A name that is not here stops the start: it is a typing error. */
export const KNOWN_SETTINGS = [
  'CALLCAST_HTTP_HOST',
  'CALLCAST_HTTP_PORT',
  'CALLCAST_WCS_PORT',
  'CALLCAST_WCS_OPEN',
  'CALLCAST_WCS_ORIGIN',
  'CALLCAST_WCS_STREAM_PREFIX',
  'CALLCAST_API_KEY',
  'CALLCAST_DASHBOARD_URL',
  'CALLCAST_APP_CALLS',
  'CALLCAST_APP_QUEUED',
  'CALLCAST_APP_CALLS_PER_SECOND',
  'CALLCAST_APP_REQUESTS_PER_SECOND',
  'CALLCAST_KEY_REQUESTS_PER_SECOND',
  'CALLCAST_WRONG_KEYS_PER_MINUTE',
  'CALLCAST_URL',
  'CALLCAST_HOOK_SECRETS',
  'CALLCAST_SECRET_KEY',
  'CALLCAST_SECRET_KEYS_OTHER',
  'CALLCAST_DRACHTIO_URL',
  'CALLCAST_SIP_HOST',
  'CALLCAST_SIP_PORT',
  'CALLCAST_SIP_OPTIONS_SECONDS',
  'CALLCAST_SIP_TARGET_SECONDS',
  'CALLCAST_DNS_SERVERS',
  'CALLCAST_SIP_TLS',
  'CALLCAST_SIP_UDP_LIMIT',
  'CALLCAST_ADVERTISED_ADDRESS',
  'CALLCAST_RTP_HOST',
  'CALLCAST_RTP_PORTS',
  'CALLCAST_JITTER_MAX_MS',
  'CALLCAST_AAC',
  'CALLCAST_MAX_QUEUED',
  'CALLCAST_STOP_DELAY_SECONDS',
  'CALLCAST_CAPACITY',
  'CALLCAST_WORKER_HTTP_HOST',
  'CALLCAST_WORKER_HTTP_PORT',
  'CALLCAST_WORKER_URL',
  'CALLCAST_ADMISSION',
  'CALLCAST_RECORDINGS',
  'CALLCAST_ALLOW_PRIVATE_TARGETS',
  'CALLCAST_HOOKS_ALLOW',
  'CALLCAST_HOOKS_PORTS',
  'CALLCAST_RTMP_CA',
  'CALLCAST_WORKER_ROLES',
  'CALLCAST_HOOKS_KEEP_DAYS',
  'CALLCAST_OTEL_ENDPOINT',
  'CALLCAST_LOG_LEVEL',
] as const;

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** Words that are missing or too many at the end weigh as one letter each: `CALLCAST_HTTP` is near `CALLCAST_HTTP_PORT`. */
function distance(name: string, known: string): number {
  const [shorter, longer] = name.length < known.length ? [name, known] : [known, name];
  const rest = longer.startsWith(`${shorter}_`) ? longer.slice(shorter.length) : undefined;
  return rest === undefined ? editDistance(name, known) : rest.split('_').length - 1;
}

/** Empty means not set, as in an `.env` file that was only begun. */
export const withoutEmpty = (
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

/** One sentence for each variable with our prefix that is not a setting, with the nearest known names. */
export function unknownSettings(
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const known = new Set<string>(KNOWN_SETTINGS);
  return Object.keys(environment)
    .filter((name) => name.startsWith('CALLCAST_') && !known.has(name))
    .map((name) => {
      const distances = KNOWN_SETTINGS.map((each) => distance(name, each));
      const least = Math.min(...distances);
      const nearest = KNOWN_SETTINGS.filter((_, index) => distances[index] === least);
      return `${name} is not a setting; did you mean ${nearest.join(' or ')}?`;
    });
}
