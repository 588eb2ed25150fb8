/** Where the usual name would not be the word that people look for. */
const NAMES: Readonly<Record<string, string>> = {
  'DELETE /v1/calls/{id}': 'hangUp',
  'POST /v1/calls/{id}/outputs': 'addOutput',
  'DELETE /v1/calls/{id}/outputs/{outputId}': 'removeOutput',
  'GET /v1/calls/{id}/preview.flv': 'preview',
  'GET /v1/events': 'listen',
};

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PATCH: 'update',
  PUT: 'replace',
  DELETE: 'delete',
};

/** Where a method is found: `callcast.group.name()`. */
export interface RouteName {
  readonly group: string;
  readonly name: string;
}

/** What of a route decides its name. */
export interface NamedRoute {
  readonly method: string;
  readonly path: string;
  readonly isPage: boolean;
}

const isParameter = (part: string): boolean => part.startsWith('{');

const camel = (text: string): string =>
  text.replace(/[^A-Za-z0-9]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const singular = (text: string): string =>
  text.endsWith('ies') ? `${text.slice(0, -3)}y` : text.replace(/s$/, '');

/**
 * The name of a route: `GET /v1/calls` is `calls.list`, `POST /v1/calls/{id}/mute` is `calls.mute`, and below a collection
 * in a collection `POST /v1/apps/{appKey}/keys` is `apps.createKey`.
 *
 * @param paths All paths, which tell collections from words.
 */
export function routeName(route: NamedRoute, paths: readonly string[]): RouteName {
  const { method, path } = route;
  const [first = '', ...rest] = path.replace(/^\/v1\//, '').split('/');
  const [group = '', action] = first.split(':');
  const known = NAMES[`${method} ${path}`];
  if (known !== undefined) return { group: camel(group), name: known };
  if (action !== undefined) return { group: camel(group), name: camel(action) };
  return { group: camel(group), name: nameBelow(route, rest, paths) };
}

function nameBelow(route: NamedRoute, rest: readonly string[], paths: readonly string[]): string {
  const { method, path, isPage } = route;
  const verb = VERBS[method] ?? method.toLowerCase();
  const words = rest.filter((part) => !isParameter(part));
  const last = camel(words.at(-1) ?? '');
  if (last === '') return isPage ? 'list' : verb;
  const owner = words.length > 1 ? capital(singular(camel(words.at(-2) ?? ''))) : '';
  const isOne = isParameter(rest.at(-1) ?? '');
  const isCollection = isOne || paths.some((other) => other.startsWith(`${path}/{`));
  const noun = isCollection && (isOne || method !== 'GET') ? singular(last) : last;
  if (method === 'GET') return camel(`${noun}${owner === '' ? '' : ` of ${owner}`}`);
  return isCollection ? `${verb}${owner}${capital(noun)}` : `${last}${owner}`;
}
