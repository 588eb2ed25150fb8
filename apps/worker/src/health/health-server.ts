import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { InternalRoutes } from '#adapters/nodes-http';
import type { Logger, Service } from '#foundation';

/** What the server of a worker tells, and where. */
export interface HealthServerOptions {
  readonly host: string;
  /** 0 asks for a free one. */
  readonly port: number;
  readonly metrics: Registry;
  /** What the node lacks to take calls now; empty when it takes them. */
  readonly missing: () => readonly string[];
  /** Why it takes none, as in the list of nodes; null when it does. */
  readonly refusal: () => string | null;
  /** What the API asks of the node. */
  readonly internal: Pick<InternalRoutes, 'takes' | 'serve'>;
  readonly logger: Logger;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Probes and Prometheus take a handful of connections; the rest is for what the API asks. */
const MAX_CONNECTIONS = 96;
const REQUEST_TIMEOUT_MS = 5_000;
const METHODS = new Set(['GET', 'HEAD']);

const json = (status: number, body: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

/** Addresses that stand for all of the machine, and one that is surely among them. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * `/livez`, `/readyz` and `/metrics` of one worker, for the machine it runs on or its cluster, which ask for no key;
 * and `/internal/` for the API, which asks for a token.
 */
export class HealthServer implements Service {
  readonly #options: HealthServerOptions;
  readonly #server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, reply) => void this.#serve(request, reply),
  );

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Where it listens; undefined before the start. */
  get url(): string | undefined {
    const address = this.#server.address() as AddressInfo | null;
    if (address === null) return undefined;
    const host = LOOPBACK[this.#options.host] ?? this.#options.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  /** @throws When the port is taken. */
  async start(): Promise<void> {
    if (this.#server.listening) return;
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const { internal } = this.#options;
    if (internal.takes(request)) {
      await internal.serve(request, reply);
      return;
    }
    const { status, type, body } = await this.#answer(request).catch((error: unknown) => {
      this.#options.logger.error('health.failed', { error: String(error) });
      return json(500, { error: 'the figures could not be put together' });
    });
    reply.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    reply.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer({ method, url = '/' }: IncomingMessage): Promise<Answer> {
    const { metrics, missing, refusal } = this.#options;
    const path = url.split('?', 1)[0];
    const isKnown = path === '/livez' || path === '/readyz' || path === '/metrics';
    if (!isKnown) return json(404, { error: 'there are /livez, /readyz and /metrics' });
    if (!METHODS.has(method ?? '')) return json(405, { error: 'only GET and HEAD' });
    if (path === '/livez') return json(200, { live: true });
    if (path === '/metrics') {
      return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
    }
    const names = missing();
    const ready = names.length === 0;
    return json(ready ? 200 : 503, { ready, missing: names, refusal: refusal() });
  }
}
