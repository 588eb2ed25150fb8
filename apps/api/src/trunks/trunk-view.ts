import type { TrunkView } from '#contracts';
import type { TrunkRecord, TrunkUsage } from '#domain';

const UNUSED: TrunkUsage = { channelsInUse: 0, callsWaiting: 0, callsLastMinute: 0 };

/** A trunk as clients see it. */
export function trunkView(trunk: TrunkRecord, usage = UNUSED): TrunkView {
  const { id, appKey, version, settings, hasPassword, health, createdAt, updatedAt } = trunk;
  const { name, realms, codecs, allowedPrefixes, from, ...rest } = settings;
  return {
    ...{ id, appKey, name, version, hasPassword },
    ...rest,
    from: { ...from },
    realms: realms && [...realms],
    codecs: codecs && [...codecs],
    allowedPrefixes: allowedPrefixes && [...allowedPrefixes],
    health: { ...health, since: health.since.toISOString() },
    usage: { ...usage },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
