import type { NodeId } from '../ids.ts';
import type { SipAccount } from './registrar.ts';

/** Names a registration: the same account of the same app is registered once, by whichever node. */
export type RegistrationName = string & { readonly registrationName: true };

/** The name of the registration of an account; without its password, which each call brings along. */
export function registrationName(appKey: string, account: SipAccount): RegistrationName {
  const { user, domain, registrar, outboundProxy = '', auth } = account;
  const parts = [appKey, user, domain.toLowerCase(), registrar, outboundProxy, auth.username];
  return JSON.stringify(parts) as RegistrationName;
}

/** The right of one node to register; `epoch` grows with each owner and fences the ones before. */
export interface RegistrationClaim {
  readonly name: RegistrationName;
  readonly node: NodeId;
  readonly epoch: number;
}

/** A registration as a node finds it. */
export type FoundRegistration =
  | {
      readonly kind: 'mine';
      readonly epoch: number;
      /** User part of the Contact, the same for every owner. */
      readonly contactUser: string;
      /** The Contact that the owner before us has registered; null for none. */
      readonly contact: string | null;
    }
  /** Another node owns it. */
  | { readonly kind: 'others'; readonly isRegistered: boolean };

/** Who registers what, on the database's clock. Each method is one step that either happens whole or not at all. */
export interface RegistrationBook {
  /** Looks at a registration, and takes it when it has no owner or its lease ran out more than 1 s ago. */
  compete(name: RegistrationName, node: NodeId, aor: string): Promise<FoundRegistration>;
  /**
   * Renews the leases of a node in one statement; returns what is still its own. One that has run out is not renewed.
   * @param held Only these: what a node was given but does not know of runs out by itself.
   */
  renew(node: NodeId, held: readonly RegistrationName[]): Promise<ReadonlySet<RegistrationName>>;
  /** The registrar has granted the binding; false when this node is fenced off. */
  recordGrant(
    claim: RegistrationClaim,
    grant: { readonly expiresSeconds: number; readonly contact: string | null },
  ): Promise<boolean>;
  /** Leaves it to any other node that has a use for it. */
  vacate(claim: RegistrationClaim): Promise<void>;
  /** Takes back what was vacated, if no other node has had it since: the new epoch, else null. */
  reclaim(claim: RegistrationClaim): Promise<number | null>;
  /** The binding is gone. */
  remove(claim: RegistrationClaim): Promise<void>;
}
