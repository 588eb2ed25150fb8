import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeId } from '#domain';
import type { Logger } from '#foundation';
import type { ChannelKey, ChannelRequest } from './channel-key.ts';

/** A request whose token was good. */
export interface InternalRequest {
  /** What stands in the place of `:names` of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** JSON; undefined without a body. */
  readonly body: unknown;
  /** Aborted when whoever asked is gone, or the server stops. */
  readonly signal: AbortSignal;
}

/** A JSON answer. */
export interface InternalAnswer {
  readonly status: number;
  readonly body: object;
}

/** One route under `/internal/`. */
export interface InternalRoute {
  readonly method: 'GET' | 'POST';
  /** Such as `/internal/calls/:id/preview.flv`. */
  readonly path: string;
  /** Answers; or writes to `reply` itself, until its end, and returns undefined. */
  readonly handle: (
    request: InternalRequest,
    reply: ServerResponse,
  ) => Promise<InternalAnswer | undefined>;
}

/** What the routes are made of. */
export interface InternalRoutesOptions {
  readonly node: NodeId;
  readonly key: ChannelKey;
  readonly routes: readonly InternalRoute[];
  readonly logger: Logger;
}

const PREFIX = '/internal/';
const BODY_LIMIT_BYTES = 64 * 1024;
/** Requests under way: as many listeners as a worker takes, and some that command. */
const MAX_REQUESTS = 48;

/** Something is wrong with a body. */
class BodyError extends Error {
  override readonly name = 'BodyError';

  constructor(readonly answer: InternalAnswer) {
    super(String(answer.status));
  }
}

const refusal = (status: number, error: string): InternalAnswer => ({ status, body: { error } });

/** Answers the requests of the API to this node: only those with a token of the key they share. */
export class InternalRoutes {
  readonly #options: InternalRoutesOptions;
  #requests = 0;

  constructor(options: InternalRoutesOptions) {
    this.#options = options;
  }

  /** Whether the path of a request is for these routes. */
  takes({ url = '/' }: IncomingMessage): boolean {
    return url.startsWith(PREFIX);
  }

  /** Answers it, whatever happens. */
  async serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    this.#requests += 1;
    try {
      const answer = await this.#answer(request, reply);
      if (answer !== undefined) send(reply, answer);
    } catch (error) {
      if (error instanceof BodyError) send(reply, error.answer);
      else this.#fail(error, reply);
    } finally {
      this.#requests -= 1;
    }
  }

  async #answer(
    request: IncomingMessage,
    reply: ServerResponse,
  ): Promise<InternalAnswer | undefined> {
    const { node, key, routes } = this.#options;
    const { method = '', url: path = '/', headers } = request;
    if (!key.allows({ node, method, path }, headers.authorization)) {
      return refusal(401, 'the token is missing, expired, or not for this node and request');
    }
    if (this.#requests > MAX_REQUESTS) return refusal(503, 'too many requests at the same time');
    const [plain = '/'] = path.split('?', 1);
    for (const route of routes) {
      const params = route.method === method ? paramsOf(route.path, plain) : undefined;
      if (params === undefined) continue;
      const left = new AbortController();
      reply.once('close', () => left.abort());
      const sealed = await bodyOf(request);
      const body = sealed.length === 0 ? undefined : this.#open({ node, method, path }, sealed);
      return await route.handle({ params, body, signal: left.signal }, reply);
    }
    return refusal(404, 'there is no such route');
  }

  #open(request: ChannelRequest, sealed: Buffer): unknown {
    const text = this.#options.key.open(request, sealed);
    if (text === undefined) {
      throw new BodyError(refusal(400, 'the body is not sealed for this node and request'));
    }
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new BodyError(refusal(400, 'the body is not JSON'));
    }
  }

  #fail(error: unknown, reply: ServerResponse): void {
    if (reply.destroyed) return;
    this.#options.logger.error('internal.failed', { error: String(error) });
    if (reply.headersSent) reply.destroy();
    else send(reply, refusal(500, 'something of the node is broken'));
  }
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':') && text !== '') params[part.slice(1)] = text;
    else if (part !== text) return undefined;
  }
  return params;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > BODY_LIMIT_BYTES) throw new BodyError(refusal(413, 'the body is too large'));
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function send(reply: ServerResponse, { status, body }: InternalAnswer): void {
  const text = JSON.stringify(body);
  reply.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    // What is left of a body that was refused is not waited for.
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  reply.end(text);
}
