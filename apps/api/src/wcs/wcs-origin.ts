import type { FastifyReply, FastifyRequest } from 'fastify';

const PREFIXES = ['/RESTCall/', '/rest-api/'];

/** Lets pages of another origin read the answers of the WCS dialect, refusals included. */
export function allowWcsPages(request: FastifyRequest, reply: FastifyReply, origin: string): void {
  if (!PREFIXES.some((prefix) => request.url.startsWith(prefix))) return;
  void reply.header('access-control-allow-origin', origin);
  if (origin !== '*') void reply.header('vary', 'Origin');
}

/** Answers the question of a browser before it sends JSON to another origin. */
export function answerPreflight(reply: FastifyReply): void {
  void reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'content-type, authorization, accept, x-requested-with',
      'access-control-max-age': '600',
    })
    .send();
}
