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
  const seriesOf = openSeries(requests, durations);
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : toldUrl(request.routeOptions.url ?? 'none');
    const { elapsedTime, statusCode: status } = reply;
    const series = seriesOf({ method: request.is404 ? 'any' : request.method, route, status });
    series.requests.inc();
    series.durations.observe(elapsedTime / 1000);
    logger[QUIET_ROUTES.has(route) ? 'debug' : 'info']('http.request', {
      requestId: request.id,
      method: request.method,
      route,
      status,
      durationMs: Math.round(elapsedTime * 10) / 10,
      remote: request.socket.remoteAddress,
    });
    done();
  });
}

type Label = 'method' | 'route' | 'status';

interface Series {
  readonly requests: Counter.Internal;
  readonly durations: Histogram.Internal<Label>;
}

/** Finds the series of an answer, made once for each: there are as many as routes have kinds of answers. */
function openSeries(requests: Counter<Label>, durations: Histogram<Label>) {
  const known = new Map<string, Series>();
  return (labels: { readonly method: string; readonly route: string; readonly status: number }) => {
    const { method, route, status } = labels;
    const name = `${status} ${method} ${route}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const series = {
      requests: requests.labels({ method, route, status }),
      durations: durations.labels({ method, route, status: classOf(status) }),
    };
    known.set(name, series);
    return series;
  };
}
