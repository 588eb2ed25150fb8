/** Whose key has signed in, and what it may do. */
export interface Session {
  readonly keyId: string;
  readonly appKey: string;
  readonly scope: 'read' | 'write' | 'admin';
  /** An operator: sees every app. */
  readonly allApps: boolean;
  /** Sent with every request that changes something. */
  readonly csrfToken: string;
  /** ISO 8601: until then at the latest. */
  readonly expiresAt: string;
}

/** What the API says when it lets nobody in, in its words. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

const PLACE = '/dashboard/session';
const CSRF_HEADER = 'x-csrf-token';

async function refusalOf(response: Response): Promise<SignInRefused> {
  const body: unknown = await response.json().catch(() => undefined);
  const detail =
    typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  return new SignInRefused(typeof detail === 'string' ? detail : `Answer ${response.status}.`);
}

/** @returns The session of the browser's cookie; null where there is none. @throws SignInRefused, TypeError (no connection). */
export async function findSession(): Promise<Session | null> {
  const response = await fetch(PLACE, { headers: { accept: 'application/json' } });
  if (response.status === 401) return null;
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Session;
}

/** Exchanges an API key for a session. The key is kept nowhere in the page. @throws SignInRefused, TypeError. */
export async function signIn(apiKey: string): Promise<Session> {
  const response = await fetch(PLACE, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiKey }),
  });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Session;
}

/** Ends this session, or all sessions of its key. @throws SignInRefused, TypeError. */
export async function signOut({ csrfToken }: Session, everywhere = false): Promise<void> {
  const response = await fetch(everywhere ? `${PLACE}s` : PLACE, {
    method: 'DELETE',
    headers: { [CSRF_HEADER]: csrfToken },
  });
  if (!response.ok && response.status !== 401) throw await refusalOf(response);
}

/** The `fetch` of a signed-in page: its cookie says who asks, and the token that the page does. */
export function sessionFetch(
  { csrfToken }: Session,
  onSignedOut: () => void,
): (url: URL, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const headers = new Headers(init.headers);
    headers.delete('authorization');
    headers.set(CSRF_HEADER, csrfToken);
    const response = await fetch(url, { ...init, headers, credentials: 'same-origin' });
    if (response.status === 401) onSignedOut();
    return response;
  };
}
