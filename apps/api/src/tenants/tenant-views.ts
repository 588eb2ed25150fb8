import type { AppView, AuditView, KeyView } from '#contracts';
import type { ApiKeyRecord, AppRecord, AuditEntry } from '#domain';

const copied = (hosts: readonly string[] | null): string[] | null => hosts && [...hosts];

/** An app as clients see it. */
export const appView = (app: AppRecord): AppView => ({
  appKey: app.appKey,
  name: app.name,
  enabled: app.isEnabled,
  limits: { ...app.limits },
  allowed: {
    sipDomains: copied(app.allowed.sipDomains),
    rtmpHosts: copied(app.allowed.rtmpHosts),
  },
  createdAt: app.createdAt.toISOString(),
  changedAt: app.changedAt.toISOString(),
});

/** A key as clients see it. */
export const keyView = (key: ApiKeyRecord): KeyView => ({
  id: key.id,
  appKey: key.appKey,
  name: key.name,
  scope: key.scope,
  allApps: key.allApps,
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
});

/** A line of the audit trail as clients see it. */
export const auditView = (entry: AuditEntry): AuditView => ({
  id: entry.id,
  at: entry.at.toISOString(),
  keyId: entry.actor.keyId,
  keyApp: entry.actor.appKey,
  appKey: entry.appKey,
  action: entry.action,
  object: entry.object,
  before: entry.before && { ...entry.before },
  after: entry.after && { ...entry.after },
});
