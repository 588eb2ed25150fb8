import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import { useIdempotency } from '../idempotency/idempotency.ts';
import { allowWcsPages } from '../wcs/wcs-origin.ts';
import type { ApiParts } from '../tokens.ts';
import type { Tenancy } from '../tenants/tenancy.ts';
import { Doorkeeper, usualAccess } from './access.ts';
import type { Life } from './life.ts';
import { BODY_LIMIT, useJsonBodies } from './json-body.ts';
import { usePageCursors } from './page-cursors.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { reportRequests } from './request-report.ts';
import type { RequestTraces } from './request-traces.ts';
import { toldUrl } from './route-table.ts';
import type { RouteTable } from './route-table.ts';

/** A whole request must have come in after this time. */
export const REQUEST_TIMEOUT_MS = 30_000;
const REQUEST_ID = /^[\w.:-]{1,64}$/;

function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Answers bytes that are not HTTP, and headers that are too long. */
export function answerBadHttp(_error: unknown, socket: Socket): void {
  const { body } = problemOf(
    new Fault('REQUEST_INVALID', { detail: 'The request cannot be read.' }),
  );
  const text = JSON.stringify(body);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  }
  socket.destroy();
}

/** Answers a URL that the router cannot read. */
function answerBadUrl(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  void reply.code(problem.status).header('content-type', PROBLEM_TYPE).send(problem.body);
}

/** The HTTP server as Nest is to use it. */
export function openAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    exposeHeadRoutes: true,
    genReqId: (request: IncomingMessage) => requestId(request.headers['x-request-id']),
    clientErrorHandler: answerBadHttp,
    frameworkErrors: answerBadUrl,
    // The one page is also asked for as a folder.
    rewriteUrl: ({ url = '/' }) => (url === '/docs/' ? '/docs' : url),
  });
}

/** What the edge of the server is made of. */
export interface EdgeOptions {
  readonly server: FastifyInstance;
  readonly parts: ApiParts;
  readonly routes: RouteTable;
  readonly tenancy: Tenancy;
  /** While it ends, connections are closed after the answer. */
  readonly life: Life;
  readonly traces: RequestTraces;
}

/** Everything that happens to a request outside of its route. Must run before routes are registered. */
export function prepareEdge({ server, parts, routes, ...own }: EdgeOptions): void {
  const { life, tenancy, traces } = own;
  const door = new Doorkeeper(parts, tenancy);
  server.addHook('onRoute', (route) => {
    const { method, config } = route;
    const url = toldUrl(route.url);
    if (config?.bodyLimit !== undefined) route.bodyLimit = config.bodyLimit;
    for (const one of [method].flat()) {
      routes.add({ method: one, url, access: config?.access ?? usualAccess(one) });
    }
  });
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    allowWcsPages(request, reply, parts.settings.wcsOrigin);
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (life.isDraining) void reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('onRequest', (request, reply, done) => door.check(request, reply, done));
  traces.follow(server);
  useJsonBodies(server);
  usePageCursors(server, parts.cursors);
  useIdempotency(server, parts);
  reportRequests(server, parts);
}
