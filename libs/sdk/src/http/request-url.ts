/** What a query may hold; undefined is left out, of a list each one is a parameter of the same name. */
export type QueryValue = string | number | boolean | readonly string[] | undefined;

/** Values of the placeholders in a path, and of the query. */
export interface RequestPlace {
  /** With placeholders: `/v1/calls/{id}`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object | undefined;
}

/** @throws TypeError for an id that would be another path. */
function filled(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    // These three would be another path.
    if (value === '' || value === '.' || value === '..') {
      throw new TypeError(`${name} of ${path} is ${value === '' ? 'empty' : 'no id'}`);
    }
    return encodeURIComponent(value);
  });
}

/** The URL of a request below the address of the API, which may have a path of its own. */
export function requestUrl(base: URL, { path, params = {}, query = {} }: RequestPlace): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/$/, '') + filled(path, params);
  for (const [name, value] of Object.entries(query as Readonly<Record<string, QueryValue>>)) {
    const values = value === undefined ? [] : [value].flat();
    for (const one of values) url.searchParams.append(name, String(one));
  }
  return url;
}

/** @throws TypeError when it cannot be the address of an API. */
export function baseUrl(text: string | URL): URL {
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('the URL of the API begins with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the URL of the API holds no login: the key is an option of its own');
  }
  url.search = '';
  url.hash = '';
  return url;
}
