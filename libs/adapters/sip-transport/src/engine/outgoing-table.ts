import type { InviteClient } from '#protocol/sip';
import type { Leg } from './leg.ts';

/** An INVITE that a client may cancel. */
export interface CancellableInvite {
  readonly invite: InviteClient;
  readonly leg: Leg;
}

/** Requests of clients that are not over, by the transaction id the client knows. */
export class OutgoingTable {
  readonly #invites = new Map<string, CancellableInvite>();
  readonly #others = new Set<string>();

  get size(): number {
    return this.#invites.size + this.#others.size;
  }

  addInvite(transactionId: string, invite: CancellableInvite): void {
    this.#invites.set(transactionId, invite);
  }

  add(transactionId: string): void {
    this.#others.add(transactionId);
  }

  findInvite(transactionId: string): CancellableInvite | undefined {
    return this.#invites.get(transactionId);
  }

  remove(transactionId: string): void {
    this.#invites.delete(transactionId);
    this.#others.delete(transactionId);
  }
}
