/**
 * How much an app may do. `null`: as the settings of the installation say. `0`: as much as it likes.
 * All are counted over all processes.
 */
export interface AppLimits {
  /** Calls that have not ended, those that wait included. */
  readonly maxCalls: number | null;
  /** Of those, calls that wait in the queue. */
  readonly maxQueued: number | null;
  /** New calls per second; as many may come at once after a rest. */
  readonly maxCallsPerSecond: number | null;
  /** Requests per second of all its keys together. */
  readonly maxRequestsPerSecond: number | null;
  /** Requests per second of each of its keys. */
  readonly maxKeyRequestsPerSecond: number | null;
}

/** Limits that say nothing. */
export const NO_APP_LIMITS: AppLimits = {
  maxCalls: null,
  maxQueued: null,
  maxCallsPerSecond: null,
  maxRequestsPerSecond: null,
  maxKeyRequestsPerSecond: null,
};

/** Where the calls of an app may lead: host names, addresses, `*.example.com` for all below it. `null`: anywhere. */
export interface AllowedHosts {
  readonly sipDomains: readonly string[] | null;
  readonly rtmpHosts: readonly string[] | null;
}

/** A tenant. */
export interface AppRecord {
  readonly appKey: string;
  /** For people. */
  readonly name: string;
  /** Keys of an app that is disabled are refused, and nobody places calls for it; those that live go on. */
  readonly isEnabled: boolean;
  readonly limits: AppLimits;
  readonly allowed: AllowedHosts;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** What an operator says of an app. */
export type AppPatch = Partial<Pick<AppRecord, 'name' | 'isEnabled' | 'limits' | 'allowed'>>;

/** What a key may do within its app; each includes those before it. */
export const KEY_SCOPES = ['read', 'write', 'admin'] as const;

/** What a key may do within its app. */
export type KeyScope = (typeof KEY_SCOPES)[number];

/** An API key, as far as it may be shown. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly appKey: string;
  /** For people. */
  readonly name: string;
  readonly scope: KeyScope;
  /** Whether it is for the objects of all apps: an operator's. */
  readonly allApps: boolean;
  readonly createdAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Within a minute; null before the first use. */
  readonly lastUsedAt: Date | null;
}

/** A key to be stored. */
export type NewApiKey = Pick<
  ApiKeyRecord,
  'id' | 'appKey' | 'name' | 'scope' | 'allApps' | 'expiresAt'
> & {
  /** SHA-256 of the whole key. */
  readonly hash: Uint8Array;
};

/** Who has done something. */
export interface Actor {
  readonly keyId: string;
  readonly appKey: string;
}

/** Something to be remembered: who has changed what. */
export interface NewAuditEntry {
  readonly actor: Actor;
  /** Whose object it is. */
  readonly appKey: string;
  /** `app.created`, `key.revoked`. */
  readonly action: string;
  /** The id of what was changed. */
  readonly object: string;
  /** Its fields before and after, without secrets; null where there was nothing. */
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** A line of the audit trail. */
export interface AuditEntry extends NewAuditEntry {
  readonly id: string;
  readonly at: Date;
}
