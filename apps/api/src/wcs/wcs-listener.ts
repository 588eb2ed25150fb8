import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { REQUEST_TIMEOUT_MS, answerBadHttp } from '../http/edge.ts';

/** A second port with the same routes: WCS clients know 9091. */
export class WcsListener {
  readonly #server: Server;

  constructor(fastify: FastifyInstance) {
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
      fastify.routing(request, response);
    });
    this.#server.on('clientError', answerBadHttp);
  }

  /** @returns The port; 0 asks for a free one. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Takes no more connections; resolves when the last one is over. */
  async drain(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Closes connections on which nothing is under way. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  /** Cuts what is left. */
  cut(): void {
    this.#server.closeAllConnections();
  }
}
