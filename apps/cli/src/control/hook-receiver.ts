import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HookError, verifyHook } from '#sdk';
import type { Event } from '#sdk';

/** What has come, and whether it can be believed. */
export interface Delivery {
  readonly path: string;
  readonly id: string | undefined;
  readonly event: Event | undefined;
  /** Why not. */
  readonly problem: string | undefined;
}

const HOST = '127.0.0.1';
const BODY_LIMIT = 1024 * 1024;
/** For requests that do not come to their end. */
const PATIENCE_MS = 1_000;
const GOOD = 204;
const BAD = 400;

/** An endpoint on this machine that takes deliveries of hooks. */
export class HookReceiver {
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #onDelivery: (delivery: Delivery) => void;
  #secrets: readonly string[] = [];

  /** @param onDelivery Hears of each one, before it is answered. */
  constructor(onDelivery: (delivery: Delivery) => void) {
    this.#onDelivery = onDelivery;
  }

  /** @param port 0 is a free one. @returns Where it listens. @throws Error when the port is taken. */
  async listen(port: number): Promise<string> {
    this.#server.listen({ host: HOST, port });
    await once(this.#server, 'listening');
    const { port: heard } = this.#server.address() as AddressInfo;
    return `http://${HOST}:${heard}/`;
  }

  /** What is signed with one of these is believed. */
  trust(secrets: readonly string[]): void {
    this.#secrets = secrets;
  }

  /** Lets answers under way leave. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const patience = setTimeout(() => this.#server.closeAllConnections(), PATIENCE_MS);
    await closed;
    clearTimeout(patience);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const delivery = await deliveryOf(request, this.#secrets);
    this.#onDelivery(delivery);
    const status = delivery.problem === undefined ? GOOD : BAD;
    // No connection outlives its answer, so that nothing keeps the end waiting.
    response.writeHead(status, { connection: 'close' }).end();
  }
}

/** What cannot be read is a delivery with a problem. */
async function deliveryOf(request: IncomingMessage, secrets: readonly string[]): Promise<Delivery> {
  const { url: path = '/', headers } = request;
  const id = headers['webhook-id'];
  const about = { path, id: typeof id === 'string' ? id : undefined };
  try {
    const event = await verifyHook(await bodyOf(request), headers, secrets);
    return { ...about, event, problem: undefined };
  } catch (error) {
    const isForeseen = error instanceof HookError || error instanceof RangeError;
    const problem = isForeseen ? error.message : 'the body cannot be read';
    return { ...about, event: undefined, problem };
  }
}

/** @throws RangeError when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BODY_LIMIT) throw new RangeError('the body is longer than 1 MiB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
