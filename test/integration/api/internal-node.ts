import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChannelKey, InternalRoutes } from '#adapters/nodes-http';
import { IdFactory } from '#domain';
import type { NodeId } from '#domain';
import { silentLogger, systemClock, systemRandom } from '#foundation';
import { SECRET_KEY } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const ids = new IdFactory(() => Date.UTC(2026, 0, 1), systemRandom);

/** A worker as the API sees it: one internal route that answers as the spec says. */
export class InternalNode {
  readonly id: NodeId = ids.nodeId();
  readonly asked: unknown[] = [];
  status = 200;
  body: object = {};
  readonly #path: string;
  readonly #server = createServer((request, reply) => void this.#routes().serve(request, reply));

  constructor(path: string) {
    this.#path = path;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #routes(): InternalRoutes {
    return new InternalRoutes({
      node: this.id,
      key: new ChannelKey({ secretKey: SECRET_KEY }, systemClock),
      routes: [
        {
          method: 'POST',
          path: this.#path,
          handle: ({ body }) => {
            this.asked.push(body);
            return Promise.resolve({ status: this.status, body: this.body });
          },
        },
      ],
      logger: silentLogger,
    });
  }
}

/** A node tells of itself. */
export async function tellOfNode(
  { store }: ApiWorld,
  { id, url }: { readonly id: NodeId; readonly url: string | null },
): Promise<void> {
  await store.nodes.heartbeat({
    ...{ id, url, host: 'studio', pid: 1, version: '1.2.3', refusal: null },
    ...{ activeCalls: 0, capacity: 10, usedCapacity: 0, latenessP99Ms: 0, cpuCores: 0 },
  });
}
