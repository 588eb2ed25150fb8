import { z } from 'zod';
import type { AppLimits } from '#domain';

const numberText = (pattern: RegExp, error: string) =>
  z.string().regex(pattern, error).transform(Number);

const count = numberText(/^\d{1,7}$/, 'must be a whole number up to 9999999; 0 is no limit');
const rate = numberText(
  /^\d{1,5}(?:\.\d{1,3})?$/,
  'must be a number up to 99999, such as 0.5; 0 is no limit',
);

/** What an app may do that has no limits of its own. */
export const limitSettings = {
  CALLCAST_APP_CALLS: count
    .default(0)
    .describe('Calls of an app that have not ended, unless it has a limit of its own; 0 is none.'),
  CALLCAST_APP_QUEUED: count
    .default(0)
    .describe('Of those, calls that wait in the queue; 0 is no limit.'),
  CALLCAST_APP_CALLS_PER_SECOND: rate
    .default(0)
    .describe('New calls of an app per second; 0 is no limit.'),
  CALLCAST_APP_REQUESTS_PER_SECOND: rate
    .default(500)
    .describe('Requests per second of all keys of an app together; 0 is no limit.'),
  CALLCAST_KEY_REQUESTS_PER_SECOND: rate
    .default(100)
    .describe('Requests per second of one key; 0 is no limit. The bootstrap key has none.'),
  CALLCAST_WRONG_KEYS_PER_MINUTE: count
    .default(60)
    .describe('Wrong keys that one address may try per minute and API process; 0 is no limit.'),
} as const;

type Limits = { readonly [Name in keyof AppLimits]: number };

/** What the settings say of apps without limits of their own. */
export const appLimitsOf = (settings: {
  readonly [Name in keyof typeof limitSettings]: number;
}): Limits => ({
  maxCalls: settings.CALLCAST_APP_CALLS,
  maxQueued: settings.CALLCAST_APP_QUEUED,
  maxCallsPerSecond: settings.CALLCAST_APP_CALLS_PER_SECOND,
  maxRequestsPerSecond: settings.CALLCAST_APP_REQUESTS_PER_SECOND,
  maxKeyRequestsPerSecond: settings.CALLCAST_KEY_REQUESTS_PER_SECOND,
});
