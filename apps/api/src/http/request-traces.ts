import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTraceparent } from '#foundation';
import type { Span, SpanFacts, Tracer } from '#foundation';
import { QUIET_ROUTES } from './request-report.ts';
import { toldUrl } from './route-table.ts';

/** Traces of requests, where they are told: each request a span, which what is done for it belongs to. */
export class RequestTraces {
  readonly #tracer: Tracer | undefined;
  readonly #spans = new WeakMap<FastifyRequest, Span>();
  readonly #current = new AsyncLocalStorage<Span>();

  /** @param tracer Undefined where nothing is traced: then nothing is done. */
  constructor(tracer: Tracer | undefined) {
    this.#tracer = tracer;
  }

  /** Of the request that is being worked on; undefined where nothing is traced. */
  get traceparent(): string | undefined {
    return this.#current.getStore()?.traceparent;
  }

  /** Work of the request that goes on elsewhere; undefined where nothing is traced. */
  begin(name: string, facts: SpanFacts): Span | undefined {
    const parent = this.traceparent;
    if (parent === undefined) return undefined;
    return this.#tracer?.begin(name, { kind: 'producer', parent, facts });
  }

  /** Traces the requests of a server from now on. */
  follow(server: FastifyInstance): void {
    const tracer = this.#tracer;
    if (tracer === undefined) return;
    server.addHook('onRequest', (request, _reply, done) => {
      const route = request.is404 ? 'none' : toldUrl(request.routeOptions.url ?? 'none');
      if (!QUIET_ROUTES.has(route)) this.#spans.set(request, openSpan(tracer, request, route));
      done();
    });
    // The body has come by now: what waited for it would have lost the context.
    server.addHook('preHandler', (request, _reply, done) => {
      const span = this.#spans.get(request);
      if (span === undefined) done();
      else this.#current.run(span, done);
    });
    server.addHook('onResponse', (request, reply, done) => {
      const status = reply.statusCode;
      this.#spans.get(request)?.end({
        facts: { 'http.response.status_code': status },
        ...(status < 500 ? {} : { failure: String(status) }),
      });
      done();
    });
  }
}

function openSpan(tracer: Tracer, request: FastifyRequest, route: string): Span {
  const { method, headers } = request;
  const parent = isTraceparent(headers['traceparent']) ? headers['traceparent'] : undefined;
  const facts = { 'http.request.method': method, 'http.route': route };
  return tracer.begin(`${method} ${route}`, { kind: 'server', parent, facts });
}
