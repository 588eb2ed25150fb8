import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault, catalogEntry, isErrorCode } from '#domain';
import type { KeptAnswer, KeyClaim } from '#domain';
import type { ApiParts } from '../tokens.ts';
import { HeldClaims } from './held-claims.ts';
import { readKeyHeader } from './key-header.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request with an Idempotency-Key, while it is worked on. */
    keyClaim?: KeyClaim;
    /** Its answer is not kept: the same request may do what is left of it later. */
    isUnfinished?: boolean;
  }
  interface FastifyContextConfig {
    /** Whether the route takes Idempotency-Key. Default: every POST below `/v1/` does. */
    isIdempotent?: boolean;
  }
}

/** Says of an answer that it was given before. */
const REPLAYED = 'idempotent-replayed';

/** What is kept of the headers of an answer, beside its body. */
const KEPT_HEADERS = ['content-type', 'location'] as const;

const takesKey = ({ method, routeOptions }: FastifyRequest): boolean =>
  routeOptions.config.isIdempotent ??
  (method === 'POST' && routeOptions.url?.startsWith('/v1/') === true);

/** The same at every attempt. */
const contentOf = ({ method, url, body }: FastifyRequest): string =>
  `${method} ${url}\n${JSON.stringify(body ?? null)}`;

type Fate = 'keep' | 'free' | 'forget';

/**
 * What becomes of a key when its request is answered. What was done, or refused for good, is answered so again. What may
 * succeed later is tried anew. A request that does not fit its schema has done nothing.
 */
function fateOf(status: number, body: string): Fate {
  if (status < 400) return 'keep';
  const code = codeOf(body);
  if (code === undefined) return 'free';
  if (code === 'REQUEST_INVALID') return 'forget';
  return catalogEntry(code).retry === 'never' ? 'keep' : 'free';
}

function codeOf(body: string) {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return isErrorCode(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function answerOf(reply: FastifyReply, body: string): KeptAnswer {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
}

type Parts = Pick<ApiParts, 'keys' | 'timers' | 'logger'>;

/** The requests with keys that are under way here. */
class KeyedRequests {
  readonly #held: HeldClaims;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#held = new HeldClaims(parts.keys, parts.timers, parts.logger);
  }

  /** @returns Whether it is answered already. @throws Fault IDEMPOTENCY_KEY_BUSY, IDEMPOTENCY_KEY_REUSED. */
  async begin(request: FastifyRequest, reply: FastifyReply, key: string): Promise<boolean> {
    const { caller } = request;
    if (caller === undefined) return false;
    const content = contentOf(request);
    const outcome = await this.#parts.keys.begin({ appKey: caller.appKey, key, content });
    switch (outcome.kind) {
      case 'inFlight':
        throw new Fault('IDEMPOTENCY_KEY_BUSY');
      case 'otherRequest':
        throw new Fault('IDEMPOTENCY_KEY_REUSED');
      case 'claimed':
        request.keyClaim = outcome.claim;
        this.#held.add(outcome.claim);
        return false;
      case 'answered': {
        const { status, headers, body } = outcome.answer;
        void reply.code(status).headers(headers).header(REPLAYED, 'true').send(body);
        return true;
      }
    }
  }

  /** Never rejects. */
  async settle(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> {
    const { keyClaim } = request;
    if (keyClaim === undefined) return;
    delete request.keyClaim;
    const { keys, logger } = this.#parts;
    try {
      const body = typeof payload === 'string' ? payload : '';
      const fate = request.isUnfinished === true ? 'free' : fateOf(reply.statusCode, body);
      if (fate === 'keep') await keys.keep(keyClaim, answerOf(reply, body));
      else await keys[fate](keyClaim);
    } catch (error) {
      // What was done is stored under ids that follow from the key: the next attempt finds it.
      logger.warn('idempotency.keep_failed', { requestId: request.id, error });
    } finally {
      this.#held.delete(keyClaim);
    }
  }
}

/** @throws Rejection When it is none. */
const keyOf = (request: FastifyRequest): string | undefined =>
  takesKey(request) ? readKeyHeader(request.headers['idempotency-key']) : undefined;

/** Answers a request with an Idempotency-Key once, however often and wherever it is sent. The others wait for nothing. */
export function useIdempotency(server: FastifyInstance, parts: Parts): void {
  const keyed = new KeyedRequests(parts);

  server.addHook('preHandler', (request, reply, done) => {
    const key = keyOf(request);
    if (key === undefined) {
      done();
      return;
    }
    keyed.begin(request, reply, key).then(
      (isAnswered) => {
        if (!isAnswered) done();
      },
      (error: unknown) => done(error as Error),
    );
  });

  // Before the answer leaves: a client that has it can rely on it.
  server.addHook('onSend', (request, reply, payload, done) => {
    if (request.keyClaim === undefined) done(null, payload);
    else void keyed.settle(request, reply, payload).then(() => done(null, payload));
  });
}
