import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Rejection } from './rejection.ts';

/** Largest request body, in bytes, where a route does not say another one. */
export const BODY_LIMIT = 64 * 1024;

const NOT_JSON = new Rejection('REQUEST_INVALID', [{ path: '', message: 'is not valid JSON' }]);
const WRONG_TYPE = new Rejection('REQUEST_NOT_JSON', [
  { path: '', message: 'must be sent with content-type application/json' },
]);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Largest request body, in bytes. Default: 64 KiB. */
    bodyLimit?: number;
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw NOT_JSON;
  }
}

/** Pages of the WCS dialect send JSON under any type, or under none. */
const takesAnyType = (request: FastifyRequest): boolean =>
  request.routeOptions.config.access === 'wcs';

/** Bodies are JSON; an empty one is none. */
export function useJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    ['application/json', '*'],
    { parseAs: 'string' },
    (request, body, done) => {
      const isJson = /^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '');
      if (!isJson && !takesAnyType(request)) {
        done(WRONG_TYPE);
        return;
      }
      try {
        done(null, parseJson(body.toString()));
      } catch (error) {
        done(error instanceof Error ? error : NOT_JSON);
      }
    },
  );
}
