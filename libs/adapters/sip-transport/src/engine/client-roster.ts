import type { ClientLink } from './client-link.ts';

/** The connected clients, in turn. */
export class ClientRoster {
  readonly #clients = new Set<ClientLink>();

  get size(): number {
    return this.#clients.size;
  }

  add(client: ClientLink): void {
    this.#clients.add(client);
  }

  remove(client: ClientLink): void {
    this.#clients.delete(client);
  }

  /** Whether some client wants requests of that method. */
  wants(method: string): boolean {
    for (const client of this.#clients) if (client.hasRoute(method)) return true;
    return false;
  }

  /** The client whose turn it is to get a new request of that method; undefined when nobody wants it. */
  next(method: string): ClientLink | undefined {
    const client = [...this.#clients].find((each) => each.hasRoute(method));
    if (client === undefined) return undefined;
    this.#clients.delete(client);
    this.#clients.add(client);
    return client;
  }
}
