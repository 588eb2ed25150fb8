import type { RouteFinder } from './route-finder.ts';

/**
 * The same routes, but that a peer which is given by its address has to prove another name on TLS.
 *
 * @param serverName Undefined: the address itself is to be proved.
 */
export function namedRoutes(routes: RouteFinder, serverName: string | undefined): RouteFinder {
  if (serverName === undefined) return routes;
  return {
    find: (uri) => {
      const found = routes.find(uri);
      if (found.kind !== 'path' || found.path.serverName !== found.path.address) return found;
      return { kind: 'path', path: { ...found.path, serverName } };
    },
    resolve: routes.resolve.bind(routes),
    answered: routes.answered.bind(routes),
    failed: routes.failed.bind(routes),
    forSize: routes.forSize.bind(routes),
  };
}
