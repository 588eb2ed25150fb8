import { invariant } from '#foundation';
import type { CallSecrets, CallSpec, SipAccount } from '#domain';
import { loginOf } from '../calls/dial-request.ts';

/** The account to be registered for a call; undefined when it asks for none. */
export function sipAccountOf(spec: CallSpec, secrets: CallSecrets): SipAccount | undefined {
  const { registrar, from, outboundProxy } = spec;
  if (registrar === undefined) return undefined;
  const { user, domain } = from;
  const auth = loginOf(spec, secrets);
  invariant(
    user !== undefined && domain !== undefined && auth !== undefined,
    'a call was taken in that asks for a registration without an account',
  );
  return {
    ...{ user, domain, registrar, auth },
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  };
}
