import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';

interface Content {
  readonly schema?: object;
  readonly example?: unknown;
}

interface Answer {
  readonly content?: Readonly<Record<string, Content>>;
}

/** A route as the description of the API tells it. */
export interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

/** The part of an OpenAPI document that is looked at. */
export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What an API has answered. */
export interface HeardAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The content type, without parameters; empty where there is none. */
  readonly type: string;
  readonly body: unknown;
}

/** What no route of the API is: the router answers by itself, or it is a page for people. */
const UNDESCRIBED = /^\/(?:$|docs(?:\/|$)|dashboard(?:\/|$)|openapi\.json$)/;
const JSON_TYPE = /^application\/(?:problem\+)?json$/;

/** Holds what an API answers to its description, by a validator that is not ours. */
export class Contract {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<object, ValidateFunction>();
  readonly #routes: readonly { readonly path: string; readonly pattern: RegExp }[];

  constructor(private readonly description: ApiDescription) {
    this.#routes = Object.keys(description.paths).map((path) => ({
      path,
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  /** What does not fit; undefined when all does. */
  problemOf({ method, path, status, type, body }: HeardAnswer): string | undefined {
    const route = this.#routes.find(({ pattern }) => pattern.test(path));
    const operations = route === undefined ? {} : this.description.paths[route.path];
    const operation = operations?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    // Paths and methods that are none are answered by the router.
    if (operation === undefined) {
      const isFine = [404, 405].includes(status) || method === 'OPTIONS' || UNDESCRIBED.test(path);
      return isFine ? undefined : `${method} ${path}: is not described`;
    }
    const what = `${method} ${route?.path ?? path} ${status}`;
    const answer = operation.responses[String(status)];
    if (answer === undefined) return `${what}: the status is not described`;
    if (method === 'HEAD' || type === '') return undefined;
    const content = answer.content?.[type];
    if (content === undefined) return `${what}: ${type} is not described`;
    if (!JSON_TYPE.test(type) || content.schema === undefined) return undefined;
    const errors = this.errorsOf(content.schema, body);
    return errors === undefined ? undefined : `${what}: ${errors}`;
  }

  /** Why a value does not fit a schema of the description; undefined when it does. */
  errorsOf(schema: object, value: unknown): string | undefined {
    const { components } = this.description;
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile({ ...schema, components });
      this.#validators.set(schema, validate);
    }
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }
}
