import type { Timer } from '#foundation';
import type { InviteAnswer, ServerTransaction } from '#protocol/sip';
import type { ClientLink } from './client-link.ts';
import type { Leg } from './leg.ts';

/** A request of a peer that a client has to answer. */
export interface IncomingEntry {
  readonly transaction: ServerTransaction;
  readonly client: ClientLink;
  /** Our tag, for a request outside dialogs. */
  readonly toTag: string;
  /** The dialog it belongs to; for a new INVITE set by the first response with a tag. */
  leg: Leg | undefined;
  /** Set for INVITE. */
  readonly answer: InviteAnswer | undefined;
  /** Answers in the place of a client that never does. */
  timer: Timer | undefined;
}

/** Requests that were delivered to clients and have no final response yet, by the transaction id they know. */
export class IncomingTable {
  readonly #entries = new Map<string, IncomingEntry>();

  get size(): number {
    return this.#entries.size;
  }

  add(transactionId: string, entry: IncomingEntry): void {
    this.#entries.set(transactionId, entry);
  }

  get(transactionId: string): IncomingEntry | undefined {
    return this.#entries.get(transactionId);
  }

  /** Id and entry of a transaction. */
  find(transaction: ServerTransaction): readonly [string, IncomingEntry] | undefined {
    return [...this.#entries].find(([, entry]) => entry.transaction === transaction);
  }

  remove(transactionId: string): void {
    this.#entries.get(transactionId)?.timer?.cancel();
    this.#entries.delete(transactionId);
  }

  /** What one client has not answered yet. */
  of(client: ClientLink): readonly IncomingEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.client === client);
  }
}
