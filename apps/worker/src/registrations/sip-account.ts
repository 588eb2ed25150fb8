import { invariant } from '#foundation';
import type { AccountSpec, CallRecord, CallSecrets, SipAccount } from '#domain';
import { loginOf } from '../calls/dial-request.ts';

/** Whatever an account is registered for: a call, or a trunk that is tried. */
export interface RegistrationNeed {
  readonly record: Pick<CallRecord, 'appKey'> & { readonly spec: AccountSpec };
  readonly secrets: Pick<CallSecrets, 'sipPassword'>;
}

/** The account to be registered; undefined when none is asked for. */
export function sipAccountOf({
  record: { spec },
  secrets,
}: RegistrationNeed): SipAccount | undefined {
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
