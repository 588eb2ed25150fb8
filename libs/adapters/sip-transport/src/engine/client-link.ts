import type { ServerMessage } from '#protocol/drachtio';

/** One connected and authenticated client, as the engine sees it. */
export interface ClientLink {
  /** Turns false for good when the connection is gone. */
  readonly isConnected: boolean;
  /** Whether the client wants new requests of that method. */
  hasRoute(method: string): boolean;
  /** Queues a message; dropped when the connection is gone. */
  send(message: ServerMessage): void;
}
