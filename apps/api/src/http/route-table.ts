import type { Access } from './access.ts';

/** A route as the router knows it. */
export interface Route {
  readonly method: string;
  /** With parameters, `/v1/calls/:id`. */
  readonly url: string;
  readonly access: Access;
}

/** A route's URL as it is told: the router writes a colon that begins no parameter twice. */
export const toldUrl = (url: string): string => url.replaceAll('::', ':');

const matches = (pattern: string, path: string): boolean => {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) =>
      part.startsWith(':') ? given[index] !== '' : part === given[index],
    )
  );
};

/** All routes of the process, written down while they are registered. */
export class RouteTable {
  readonly #routes: Route[] = [];

  get routes(): readonly Route[] {
    return this.#routes;
  }

  add(route: Route): void {
    this.#routes.push(route);
  }

  /** The methods that the path of a URL can be asked with. None where a browser could ask and nobody would answer. */
  methodsOf(url: string): readonly string[] {
    const path = url.split('?', 1)[0] ?? '';
    const found = this.#routes.filter((route) => matches(route.url, path));
    const methods = [...new Set(found.map((route) => route.method))].sort();
    return methods.every((method) => method === 'OPTIONS') ? [] : methods;
  }
}
