import type { DroppedMessages } from '#protocol/sip';

/** How much the engine holds. Everything is 0 after the last call. */
export interface EngineStats {
  readonly clients: number;
  /** Clients that lost their connection while they owned something. */
  readonly lostClients: number;
  readonly dialogs: number;
  /** Requests of clients without a final response, and INVITEs whose transaction is not over. */
  readonly outgoingRequests: number;
  /** Requests of peers that a client has to answer. */
  readonly incomingRequests: number;
  /** Requests of peers that wait for a client's ACK. */
  readonly heldRequests: number;
  /** BYEs of the server itself without a response. */
  readonly farewells: number;
  /** Transactions of both directions. */
  readonly transactions: number;
  /** INVITEs without a final response whose late 2xx would be acknowledged and hung up. */
  readonly givenUpInvites: number;
  /** Addresses that are remembered because they asked for something outside any call a moment ago. */
  readonly strangers: number;
}

/** What came from the network and led to nothing since the start of the process, by reason. */
export interface EngineDrops extends Readonly<DroppedMessages> {
  /** Requests of known scanners. */
  readonly scanners: number;
  /** Requests of addresses that asked too often. */
  readonly rateLimited: number;
  /** Requests outside any call that were answered without a transaction. */
  readonly turnedAway: number;
  /** ACKs that belonged to no leg. */
  readonly strayAcks: number;
}
