import type { CallSecrets, CallSpec, DialRequest } from '#domain';

/** The login of a call's SIP account; undefined when it has none. */
export function loginOf(
  spec: Pick<CallSpec, 'auth'>,
  secrets: Pick<CallSecrets, 'sipPassword'>,
): DialRequest['auth'] | undefined {
  const password = secrets.sipPassword;
  return spec.auth === undefined || password === null ? undefined : { ...spec.auth, password };
}

/** What the dialer is told about a call. */
export function dialRequestOf(spec: CallSpec, secrets: CallSecrets, sdpOffer: string): DialRequest {
  const { to, from, outboundProxy, headers, limits } = spec;
  const auth = loginOf(spec, secrets);
  return {
    to,
    from,
    sdpOffer,
    ringTimeoutMs: limits.ringSeconds * 1000,
    ...(auth === undefined ? {} : { auth }),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
    ...(headers === undefined ? {} : { headers }),
  };
}
