import type { HookRequest } from '#domain';
import { signHook } from './sign-hook.ts';
import type { HookMessage } from './sign-hook.ts';

/** For one POST, the answer included: Standard Webhooks advises 15 to 30 s. */
const TIMEOUT_MS = 15_000;
const USER_AGENT = 'Callcast-Hooks/1.0 (+https://www.standardwebhooks.com)';

/** What is to be told to an endpoint, and where that is. */
export interface HookLetter extends HookMessage {
  readonly url: string;
  /** Put behind the path of the URL; empty for the URL itself. */
  readonly path: string;
}

function placeOf({ url, path }: HookLetter): string {
  if (path === '') return url;
  const place = new URL(url);
  place.pathname = `${place.pathname.replace(/\/$/, '')}/${path}`;
  return place.href;
}

/** The signed request that tells it. */
export const hookRequest = (letter: HookLetter): HookRequest => ({
  url: placeOf(letter),
  headers: {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    ...signHook(letter),
  },
  body: letter.body,
  timeoutMs: TIMEOUT_MS,
});
