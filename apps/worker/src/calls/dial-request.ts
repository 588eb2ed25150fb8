import type { CallSecrets, CallSpec, DialRequest } from '#domain';

/** What the dialer is told about a call. */
export function dialRequestOf(spec: CallSpec, secrets: CallSecrets, sdpOffer: string): DialRequest {
  const { to, from, auth, outboundProxy, headers, limits } = spec;
  const password = secrets.sipPassword;
  return {
    to,
    from,
    sdpOffer,
    ringTimeoutMs: limits.ringSeconds * 1000,
    ...(auth === undefined || password === null ? {} : { auth: { ...auth, password } }),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
    ...(headers === undefined ? {} : { headers }),
  };
}
