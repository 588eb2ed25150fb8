import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Fault } from '#domain';
import type { NodeId } from '#domain';
import { withDeadline } from '#foundation';
import type { Timers } from '#foundation';
import type { ChannelKey } from './channel-key.ts';

/** A node, and where its HTTP server is. */
export interface NodePlace {
  readonly id: NodeId;
  /** Null when it told none. */
  readonly url: string | null;
}

/** What is asked of a node. */
export interface NodeRequest {
  /** Under `/internal/`, with its query. */
  readonly path: string;
  /** Until the head of the answer is here. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** What a node has answered. */
export interface NodeAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: unknown;
}

const ANSWER_LIMIT_BYTES = 1024 * 1024;

const unreachable = (detail: string, cause?: unknown): Fault =>
  new Fault('NODE_UNREACHABLE', { detail, cause });

/** Asks nodes over HTTP, with tokens of the key they share. */
export class NodeClient {
  readonly #key: ChannelKey;
  readonly #timers: Timers;

  constructor({ key, timers }: { readonly key: ChannelKey; readonly timers: Timers }) {
    this.#key = key;
    this.#timers = timers;
  }

  /**
   * Sends JSON, sealed for the node, and reads JSON.
   * @throws Fault NODE_UNREACHABLE when the node gives no answer that can be used.
   */
  async postJson(
    node: NodePlace,
    ask: NodeRequest & { readonly body: object },
  ): Promise<NodeAnswer> {
    const request = { node: node.id, method: 'POST', path: ask.path };
    const sealed = this.#key.seal(request, JSON.stringify(ask.body));
    const reply = await this.#send(node, 'POST', ask, sealed);
    try {
      const reading = withDeadline(this.#timers, ask.timeoutMs, 'the answer', jsonOf(reply));
      return { status: reply.statusCode ?? 0, body: await reading };
    } catch (cause) {
      throw unreachable('The answer of the node cannot be read.', cause);
    } finally {
      reply.destroy();
    }
  }

  /**
   * Asks for an answer that is read as it comes; destroying it ends the connection.
   * @throws Fault NODE_UNREACHABLE.
   */
  async openStream(node: NodePlace, ask: NodeRequest): Promise<IncomingMessage> {
    return await this.#send(node, 'GET', ask);
  }

  async #send(
    node: NodePlace,
    method: 'GET' | 'POST',
    { path, timeoutMs, signal }: NodeRequest,
    body?: Buffer,
  ): Promise<IncomingMessage> {
    if (node.url === null) throw unreachable('The node of the call has no HTTP server.');
    const url = new URL(path, node.url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(url, {
        method,
        // One connection for each request: streams would take those of others.
        agent: false,
        headers: {
          authorization: this.#key.authorize({ node: node.id, method, path }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/octet-stream', 'content-length': body.length }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      const late = this.#timers.after(timeoutMs, () => {
        request.destroy(new Error('no answer in time'));
      });
      request.once('close', () => late.cancel());
      request.once('response', (reply) => {
        late.cancel();
        resolve(reply);
      });
      // Errors after the head are those of the answer.
      request.on('error', (error) => reject(unreachable(reasonOf(error), error)));
      request.end(body);
    });
    if (answer.statusCode !== 401) return answer;
    answer.destroy();
    throw unreachable(
      'Its address is not that of the node (CALLCAST_WORKER_URL), or secret keys or clocks differ.',
    );
  }
}

/** Codes of the system, and no addresses. */
const reasonOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string'
    ? `The node of the call cannot be reached: ${error.code}.`
    : 'The node of the call does not answer.';

async function jsonOf(answer: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > ANSWER_LIMIT_BYTES) throw new Error('the answer is too large');
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
}
