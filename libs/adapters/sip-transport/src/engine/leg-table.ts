import { CountedSet } from '#foundation';
import { tagOf } from '#protocol/sip';
import type { SipRequest } from '#protocol/sip';
import type { ClientLink } from './client-link.ts';
import type { Leg } from './leg.ts';

/** The dialog id clients see: the tag is that of whoever sent the first INVITE. */
function dialogIdOf(callId: string, callerTag: string): string {
  return `${callId};from-tag=${callerTag}`;
}

/** The id of the leg that an INVITE without To tag begins. */
export function newDialogId(invite: SipRequest): string {
  const { headers } = invite;
  return dialogIdOf(headers.get('Call-ID') ?? '', tagOf(headers.get('From')) ?? '');
}

/** Whether an id can be carried by the control protocol, which knows no escaping. */
export const isSpeakable = (dialogId: string): boolean => !/[|\r\n]/.test(dialogId);

/** All legs, by dialog id. */
export class LegTable {
  readonly #legs = new Map<string, Leg>();
  /** Where the peers of legs that are up were heard from. */
  readonly #peers = new CountedSet<string>();
  readonly #peerOf = new Map<Leg, string>();

  get size(): number {
    return this.#legs.size;
  }

  get heldCount(): number {
    return [...this.#legs.values()].reduce((sum, leg) => sum + leg.heldCount, 0);
  }

  get(id: string): Leg | undefined {
    return this.#legs.get(id);
  }

  add(leg: Leg): void {
    this.#legs.set(leg.id, leg);
  }

  remove(leg: Leg): void {
    if (this.#legs.get(leg.id) !== leg) return;
    this.#legs.delete(leg.id);
    const address = this.#peerOf.get(leg);
    if (address === undefined) return;
    this.#peerOf.delete(leg);
    this.#peers.remove(address);
  }

  /** Notes where the peer of a leg was heard from when the leg came up. */
  locate(leg: Leg, address: string): void {
    if (this.#legs.get(leg.id) !== leg || this.#peerOf.has(leg)) return;
    this.#peerOf.set(leg, address);
    this.#peers.add(address);
  }

  /** Whether a leg with a peer at that address is up. */
  hasPeerAt(address: string): boolean {
    return this.#peers.has(address);
  }

  all(): readonly Leg[] {
    return [...this.#legs.values()];
  }

  ownedBy(client: ClientLink): readonly Leg[] {
    return this.all().filter(({ owner }) => owner === client);
  }

  /** The leg that a request of a peer with a To tag belongs to; the peer may be caller or callee. */
  find(request: SipRequest): Leg | undefined {
    const callId = request.headers.get('Call-ID') ?? '';
    for (const name of ['To', 'From']) {
      const leg = this.#legs.get(dialogIdOf(callId, tagOf(request.headers.get(name)) ?? ''));
      if (leg?.dialogOf(request) !== undefined) return leg;
    }
    return undefined;
  }
}
