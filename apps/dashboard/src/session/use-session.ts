import { createContext, useContext } from 'react';
import type { Callcast } from '#sdk';
import type { Session } from './session.ts';

/** What a signed-in page has. */
export interface SignedIn {
  readonly session: Session;
  readonly callcast: Callcast;
  readonly leave: (everywhere: boolean) => Promise<void>;
}

export const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** @throws Error outside of the pages that need a session. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (signedIn === undefined) throw new Error('This page is for those who have signed in.');
  return signedIn;
}

/** The client of the API. */
export const useCallcast = (): Callcast => useSignedIn().callcast;

const SCOPES = ['read', 'write', 'admin'] as const;

/** Whether the session may do what needs a scope, and for `operator` all apps besides. */
export function mayDo(
  session: Session,
  needed: 'write' | 'admin' | 'operator' | 'operatorRead',
): boolean {
  if (needed === 'operatorRead') return session.allApps;
  if (needed === 'operator') return session.allApps && session.scope === 'admin';
  return SCOPES.indexOf(session.scope) >= SCOPES.indexOf(needed);
}

/** @see mayDo */
export const useMay = (needed: Parameters<typeof mayDo>[1]): boolean =>
  mayDo(useSignedIn().session, needed);
