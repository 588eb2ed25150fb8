import { trunkUri } from '#domain';
import type { OpenedTrunk, ProbeRequest } from '#domain';

/** What a trunk is asked with by OPTIONS. */
export function probeOf({ record: { settings }, password }: OpenedTrunk): ProbeRequest {
  const { username, authUsername, realms, outboundProxy, domain } = settings;
  return {
    uri: trunkUri(settings),
    from: { domain, ...(username === null ? {} : { user: username }) },
    ...(outboundProxy === null ? {} : { outboundProxy }),
    ...(username === null || password === null
      ? {}
      : {
          auth: {
            username: authUsername ?? username,
            password,
            ...(realms === null ? {} : { realms }),
          },
        }),
  };
}
