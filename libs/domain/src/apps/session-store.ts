import type { Actor } from './app-records.ts';

/** A session that nobody uses ends after this time. */
export const SESSION_IDLE_SECONDS = 8 * 3_600;
/** Every session ends after this time. */
export const SESSION_LONGEST_SECONDS = 24 * 3_600;
/** Sessions of one key; the oldest one ends for a new one. */
export const MAX_SESSIONS_OF_KEY = 20;

/** A session to be opened. */
export interface NewSession {
  /** SHA-256 of its token. */
  readonly tokenHash: Uint8Array;
  /** Made of the token and the bootstrap key: another bootstrap key has another one. Null for a session of another key. */
  readonly bootstrapMark: Uint8Array | null;
  /** Whose key has signed in. */
  readonly actor: Actor;
}

/** A session that has not ended. */
export interface SessionRecord {
  readonly keyId: string;
  readonly bootstrapMark: Uint8Array | null;
  /** When it was used, within some minutes. */
  readonly seenAt: Date;
  readonly endsAt: Date;
}

/** The sessions of people who have signed in with a key. Times are those of the store. */
export interface SessionStore {
  /** Opens a session, with its line of the audit trail. Sessions that are over are forgotten. @returns When it ends. */
  openSession(session: NewSession): Promise<Date>;
  /** @returns null for one that was never opened, was closed, or is over. */
  findSession(tokenHash: Uint8Array): Promise<SessionRecord | null>;
  /** Notes that a session was used just now, at most once a minute. */
  touchSession(tokenHash: Uint8Array): Promise<void>;
  closeSession(tokenHash: Uint8Array): Promise<void>;
  /** Closes all sessions of the actor's key, with a line of the audit trail. @returns How many there were. */
  closeSessions(actor: Actor): Promise<number>;
}
