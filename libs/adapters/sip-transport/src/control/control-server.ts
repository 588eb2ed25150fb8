import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Logger, RandomSource, Secret, Timers } from '#foundation';
import type { ClientMessage } from '#protocol/drachtio';
import { newUuid } from '#protocol/sip';
import type { LocalEndpoint } from '../transport/wire.ts';
import { ClientSession } from './client-session.ts';
import type { ServerIdentity } from './client-session.ts';

const MAX_CLIENTS = 256;

/** What the control server works with. */
export interface ControlServerOptions {
  readonly secret: Secret;
  readonly identity: () => ServerIdentity;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** A client has said the secret. */
  readonly joined: (client: ClientSession) => void;
  /** A client that had joined is gone. */
  readonly left: (client: ClientSession) => void;
  readonly command: (client: ClientSession, message: ClientMessage) => void;
}

/** The port that drachtio-srf connects to. */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #sessions = new Set<ClientSession>();
  #server: Server | undefined;

  constructor(options: ControlServerOptions) {
    this.#options = options;
  }

  /** Connections, whether they have said the secret or not. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Listens and gives the real address; rejects when the port is taken. */
  async listen(local: LocalEndpoint): Promise<LocalEndpoint> {
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = MAX_CLIENTS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: local.host, port: local.port }, resolve);
    });
    server.removeAllListeners('error');
    // A connection that could not be accepted is the client's to try again.
    server.on('error', () => undefined);
    this.#server = server;
    return { host: local.host, port: (server.address() as AddressInfo).port };
  }

  #accept(socket: Socket): void {
    const { secret, identity, timers, random, logger, command } = this.#options;
    const session = new ClientSession({
      socket,
      secret,
      identity,
      timers,
      logger,
      command,
      newId: () => newUuid(random),
      authenticated: (client) => this.#options.joined(client),
      closed: (client, wasAuthenticated) => {
        this.#sessions.delete(client);
        if (wasAuthenticated) this.#options.left(client);
      },
    });
    this.#sessions.add(session);
  }

  /** Takes no more connections; the present ones stay. */
  stopAccepting(): void {
    this.#server?.close();
  }

  /** Closes all connections and the port. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => {
      // After stopAccepting() the port is closed already, which `close` reports as an error: the same to us.
      server.close(() => resolve());
    });
    for (const session of [...this.#sessions]) session.end();
    await closed;
  }
}
