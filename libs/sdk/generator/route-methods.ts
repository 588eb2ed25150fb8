import { comment } from './open-api.ts';
import type { OpenApi, Operation, Parameter, Schema } from './open-api.ts';
import { routeName } from './route-names.ts';
import type { RouteName } from './route-names.ts';
import { SchemaTypes, fieldText } from './schema-types.ts';

/** Ours, and no other dialect's. */
const OURS = '/v1/';
const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';

/** A route, with all that its method is written from. */
interface Route extends RouteName {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly query: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly answer: Answer;
}

type Answer =
  | { readonly kind: 'json'; readonly schema: Schema }
  | { readonly kind: 'page'; readonly item: Schema }
  | { readonly kind: 'events' | 'bytes' | 'nothing' };

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Writes the methods of all routes. */
export class RouteMethods {
  readonly #types: SchemaTypes;
  readonly #routes: readonly Route[];

  constructor(document: OpenApi, types: SchemaTypes) {
    this.#types = types;
    this.#routes = this.#routesOf(document);
  }

  /** The classes of all groups, and the one that has them all. */
  text(): string {
    const groups = [...new Set(this.#routes.map(({ group }) => group))].sort();
    const classes = groups.map((group) => this.#groupText(group));
    const queries = this.#routes.flatMap((route) => this.#queryText(route));
    const fields = groups.map((group) => `readonly ${group}: ${capital(group)};`);
    const lines = groups.map((group) => `this.${group} = new ${capital(group)}(transport);`);
    const all =
      `${comment('Every route of the API, by what it is about.')}export class Routes {\n${fields.join('\n')}\n\n` +
      `constructor(transport: Transport) {\n${lines.join('\n')}\n}\n}`;
    return [...queries, ...classes, all].join('\n\n');
  }

  #routesOf({ paths }: OpenApi): Route[] {
    const ours = Object.entries(paths).filter(([path]) => path.startsWith(OURS));
    const names = ours.map(([path]) => path);
    const routes = ours.flatMap(([path, operations]) =>
      Object.entries(operations).map(([verb, operation]) => {
        const method = verb.toUpperCase();
        const answer = this.#answerOf(operation);
        const name = routeName({ method, path, isPage: answer.kind === 'page' }, names);
        const parameters = operation.parameters ?? [];
        return {
          ...name,
          ...{ method, path, operation, answer },
          query: parameters.filter((parameter) => parameter.in === 'query'),
          body: operation.requestBody?.content[JSON_TYPE]?.schema,
        };
      }),
    );
    refuseSameNames(routes);
    return routes.sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }

  #answerOf({ responses }: Operation): Answer {
    const [, { content = {} }] = Object.entries(responses).find(([status]) =>
      status.startsWith('2'),
    ) ?? ['', {}];
    if (EVENTS_TYPE in content) return { kind: 'events' };
    const schema = content[JSON_TYPE]?.schema;
    if (schema === undefined)
      return { kind: Object.keys(content).length > 0 ? 'bytes' : 'nothing' };
    const { items, nextCursor } = this.#types.resolve(schema).properties ?? {};
    if (items?.items === undefined || nextCursor === undefined) return { kind: 'json', schema };
    return { kind: 'page', item: items.items };
  }

  #groupText(group: string): string {
    const methods = this.#routes.filter((route) => route.group === group);
    return (
      `export class ${capital(group)} {\nreadonly #transport: Transport;\n\n` +
      `constructor(transport: Transport) {\nthis.#transport = transport;\n}\n\n` +
      `${methods.map((route) => this.#methodText(route)).join('\n\n')}\n}`
    );
  }

  #queryText(route: Route): string[] {
    if (route.query.length === 0) return [];
    const fields = route.query.map(({ name, schema, required = false, description }) =>
      fieldText(name, {
        type: isSwitch(schema) ? 'boolean' : this.#types.typeOf(schema),
        isRequired: required,
        description: description ?? schema.description,
      }),
    );
    const head = comment(`Query of \`${route.method} ${route.path}\`.`);
    return [`${head}export interface ${queryName(route)} {\n${fields.join('\n')}\n}`];
  }

  #methodText(route: Route): string {
    const { name, method, path, operation, answer } = route;
    const head = comment(operation.summary, operation.description, `\`${method} ${path}\``);
    const request = [`method: '${method}'`, `path: '${path}'`, ...this.#parts(route)].join(', ');
    const parameters = this.#parameters(route).join(', ');
    switch (answer.kind) {
      case 'events':
        return `${head}${name}(${parameters}): EventStream {\nreturn new EventStream(this.#transport, { ${request} }, options);\n}`;
      case 'page': {
        const item = this.#types.typeOf(answer.item);
        const query =
          route.query.length === 0 ? '' : ', query: { ...query, cursor: cursor ?? query.cursor }';
        const from = route.query.length === 0 ? '()' : '(cursor)';
        return `${head}${name}(${parameters}): Pages<${item}> {\nreturn new Pages(${from} => this.#transport.send({ ${request}${query}, options }));\n}`;
      }
      case 'bytes':
        return `${head}${name}(${parameters}): Promise<ReadableStream<Uint8Array>> {\nreturn this.#transport.stream({ ${request}, options });\n}`;
      default: {
        const type = answer.kind === 'json' ? this.#types.typeOf(answer.schema) : 'void';
        return `${head}${name}(${parameters}): Promise<${type}> {\nreturn this.#transport.send({ ${request}, options });\n}`;
      }
    }
  }

  /** What of the request comes from the parameters. */
  #parts({ path, query, body, answer }: Route): string[] {
    const params = paramsOf(path);
    return [
      ...(params.length === 0 ? [] : [`params: { ${params.join(', ')} }`]),
      ...(body === undefined ? [] : ['body']),
      ...(query.length === 0 || answer.kind === 'page'
        ? []
        : [body === undefined ? 'query' : 'query: options.query']),
    ];
  }

  /** Ids, then what is sent, then how. */
  #parameters(route: Route): string[] {
    const { path, query, body, answer } = route;
    const ids = paramsOf(path).map((name) => `${name}: string`);
    const sent = body === undefined ? this.#queryParameter(route) : [this.#bodyParameter(body)];
    const usual = answer.kind === 'events' ? 'ListenOptions' : 'RequestOptions';
    const hasBoth = body !== undefined && query.length > 0;
    const options = hasBoth ? `${usual} & { readonly query?: ${queryName(route)} }` : usual;
    return [...ids, ...sent, `options: ${options} = {}`];
  }

  #queryParameter(route: Route): string[] {
    if (route.query.length === 0) return [];
    const needed = route.query.some(({ required }) => required === true);
    return [`query: ${queryName(route)}${needed ? '' : ' = {}'}`];
  }

  #bodyParameter(schema: Schema): string {
    const type = this.#types.typeOf(schema);
    const { type: kind, required = [] } = this.#types.resolve(schema);
    return kind === 'object' && required.length === 0 ? `body: ${type} = {}` : `body: ${type}`;
  }
}

const keyOf = ({ group, path, method }: Route): string => `${group} ${path} ${method}`;

const queryName = ({ group, name }: Route): string => `${capital(group)}${capital(name)}Query`;

const paramsOf = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** In a query every value is text. */
const isSwitch = ({ enum: values = [] }: Schema): boolean =>
  values.length === 2 && values.includes('true') && values.includes('false');

/** @throws Error when two routes would have the same name; one of them then gets one in `route-names.ts`. */
function refuseSameNames(routes: readonly Route[]): void {
  const seen = new Map<string, string>();
  for (const { group, name, method, path } of routes) {
    const key = `${group}.${name}`;
    const route = `${method} ${path}`;
    const other = seen.get(key);
    if (other !== undefined) {
      throw new Error(`${other} and ${route} would both be ${key}: name one in route-names.ts`);
    }
    seen.set(key, route);
  }
}
