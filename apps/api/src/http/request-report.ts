import type { FastifyInstance } from 'fastify';
import { Counter, Histogram } from 'prom-client';
import type { ApiParts } from '../tokens.ts';
import { toldUrl } from './route-table.ts';

/** Routes that machines ask all the time. */
export const QUIET_ROUTES = new Set(['/livez', '/readyz', '/metrics']);
const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Bounds the series of a route: `2xx`. */
const classOf = (status: number): string => `${Math.floor(status / 100)}xx`;

/** One wide line and one measurement for each request. */
export function reportRequests(
  server: FastifyInstance,
  { metrics, logger }: Pick<ApiParts, 'metrics' | 'logger'>,
): void {
  const durations = new Histogram({
    name: 'callcast_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: BUCKETS_SECONDS,
    registers: [metrics],
  });
  const requests = new Counter({
    name: 'callcast_http_requests_total',
    help: 'Requests that were answered, by the status of the answer.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [metrics],
  });
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : toldUrl(request.routeOptions.url ?? 'none');
    const labels = { method: request.is404 ? 'any' : request.method, route };
    requests.inc({ ...labels, status: reply.statusCode });
    durations.observe({ ...labels, status: classOf(reply.statusCode) }, reply.elapsedTime / 1000);
    logger[QUIET_ROUTES.has(route) ? 'debug' : 'info']('http.request', {
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      remote: request.socket.remoteAddress,
    });
    done();
  });
}
