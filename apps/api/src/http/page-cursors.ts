import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CursorSeal } from '#domain';
import { Rejection } from './rejection.ts';

/** What may change from one page of a list to the next. */
const OF_ONE_PAGE = new Set(['cursor', 'limit']);

type Query = Record<string, unknown>;

const isQuery = (query: unknown): query is Query => typeof query === 'object' && query !== null;

/** What a page is of: whose, and all that was asked for but the page itself. */
function listOf({ routeOptions, params, query, caller }: FastifyRequest): string {
  const asked = Object.entries(isQuery(query) ? query : {})
    .filter(([name]) => !OF_ONE_PAGE.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const whose = caller?.allApps === true ? null : caller?.appKey;
  return JSON.stringify([routeOptions.url, params, asked, whose]);
}

const isList = ({ method, routeOptions: { url = '' } }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && url.startsWith('/v1/');

/**
 * Makes the cursors of all lists opaque: a client can neither read nor make one, and one of another list, of other filters
 * or of another app is refused.
 */
export function usePageCursors(server: FastifyInstance, cursors: CursorSeal): void {
  server.addHook('preValidation', (request, _reply, done) => {
    const { query } = request;
    const text = isList(request) && isQuery(query) ? query['cursor'] : undefined;
    // What is no text is refused by the schema.
    if (typeof text !== 'string' || !isQuery(query)) {
      done();
      return;
    }
    const place = cursors.open(listOf(request), text);
    if (place === null) {
      const message = 'is not one of this list';
      done(new Rejection('REQUEST_INVALID', [{ path: 'cursor', message }]));
      return;
    }
    query['cursor'] = place;
    done();
  });

  server.addHook('preSerialization', (request, _reply, payload: unknown, done) => {
    const place = isList(request) && isQuery(payload) ? payload['nextCursor'] : undefined;
    if (typeof place !== 'string') done(null, payload);
    else done(null, { ...(payload as Query), nextCursor: cursors.seal(listOf(request), place) });
  });
}
