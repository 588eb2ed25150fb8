import type { Page } from '../calls/page.ts';
import type {
  Actor,
  ApiKeyRecord,
  AppPatch,
  AppRecord,
  AuditEntry,
  KeyScope,
  NewApiKey,
  NewAuditEntry,
} from './app-records.ts';

/** Knows the apps. What it says may be 3 s old. */
export interface AppDirectory {
  /** Null for an app that was never created: it has the limits of the settings, and no keys. @throws Fault STORE_UNAVAILABLE. */
  findApp(appKey: string): Promise<AppRecord | null>;
}

/** Who holds a key. */
export interface KeyHolder {
  readonly keyId: string;
  readonly appKey: string;
  readonly scope: KeyScope;
  readonly allApps: boolean;
}

/** Knows the keys. What it says may be 3 s old. */
export interface KeyRing {
  /**
   * Who holds the key that was presented; null for one that is not known, was revoked or has expired.
   * @throws Fault APP_DISABLED, STORE_UNAVAILABLE.
   */
  verify(presented: string): Promise<KeyHolder | null>;
}

/** A key as it is judged. */
export interface StoredKey {
  readonly record: ApiKeyRecord;
  readonly hash: Uint8Array;
  /** Neither revoked nor expired, by the clock of the store. */
  readonly isValid: boolean;
  readonly isAppEnabled: boolean;
}

/** Which part of a list. */
export interface PageQuery {
  /** As given by the page before. */
  readonly cursor?: string;
  /** 1 to 1000. */
  readonly limit: number;
}

/** The record of apps. Every change is written with its line of the audit trail. */
export interface AppStore extends AppDirectory {
  /** @returns null when there is one of that name. */
  createApp(appKey: string, patch: AppPatch, actor: Actor): Promise<AppRecord | null>;
  /** @returns null when there is none. */
  changeApp(appKey: string, patch: AppPatch, actor: Actor): Promise<AppRecord | null>;
  /** By name. */
  listApps(query: PageQuery & { readonly appKey?: string }): Promise<Page<AppRecord>>;
}

/** The record of keys. Every change is written with its line of the audit trail. */
export interface KeyStore {
  /** @returns null when its app was never created. */
  createKey(key: NewApiKey, actor: Actor): Promise<ApiKeyRecord | null>;
  /** By age, oldest first; of one app, or of all. */
  listKeys(query: PageQuery & { readonly appKey?: string }): Promise<Page<ApiKeyRecord>>;
  /** For checks. */
  findKey(id: string): Promise<StoredKey | null>;
  /** @returns null when the app has no such key; one that was revoked stays as it is. */
  revokeKey(appKey: string, id: string, actor: Actor): Promise<ApiKeyRecord | null>;
  /**
   * Puts `successor` in the place of a valid key, of which it takes name, scope and expiry; the old one ends after a while.
   * @returns null when the app has no such key, or it is not valid any more.
   */
  rotateKey(rotation: KeyRotation): Promise<ApiKeyRecord | null>;
  /** Notes that a key was used just now, at most once a minute. */
  touchKey(id: string): Promise<void>;
}

/** One key that takes the place of another. */
export interface KeyRotation {
  readonly appKey: string;
  readonly id: string;
  readonly successor: Pick<NewApiKey, 'id' | 'hash'>;
  /** How long the old one stays valid. */
  readonly overlapSeconds: number;
  readonly actor: Actor;
}

/** Who has changed what. Nothing in it is ever changed. */
export interface AuditTrail {
  write(entry: NewAuditEntry): Promise<void>;
  /** Newest first; of one app, or of all. */
  listAudit(query: PageQuery & { readonly appKey?: string }): Promise<Page<AuditEntry>>;
}
