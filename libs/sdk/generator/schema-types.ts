import { comment, nameOf } from './open-api.ts';
import type { OpenApi, Schema } from './open-api.ts';

/** What every answer with a problem holds; its codes are a type of their own. */
const PROBLEM = 'Problem';
const CODES = 'ErrorCode';

/** Words of JSON Schema as TypeScript, as far as the description uses them. */
export class SchemaTypes {
  readonly #schemas: OpenApi['components']['schemas'];
  readonly #codes: string;
  readonly #used = new Set<string>();

  constructor({ components }: OpenApi) {
    this.#schemas = components.schemas;
    this.#codes = literals(components.schemas[PROBLEM]?.properties?.['code']?.enum ?? []);
  }

  /** The type of a schema. Those with names are remembered, and written by `declarations`. */
  typeOf(schema: Schema): string {
    if (schema.$ref !== undefined) return this.nameOf(schema.$ref);
    if (schema.enum !== undefined) return this.#enumOf(schema.enum);
    if (schema.const !== undefined) return literals([schema.const]);
    const either = schema.anyOf ?? schema.oneOf;
    if (either !== undefined) return union(either.map((one) => this.typeOf(one)));
    const types = [schema.type ?? this.#guessed(schema)].flat();
    return union(types.map((type) => this.#basic(type, schema)));
  }

  nameOf(ref: string): string {
    const name = nameOf(ref);
    this.#used.add(name);
    return name;
  }

  /** The schema that a reference leads to, or the schema itself. */
  resolve(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : (this.#schemas[nameOf(schema.$ref)] ?? {});
  }

  /** Every named type in use, with those that these use. */
  declarations(): string {
    this.#used.add(PROBLEM);
    const done = new Map<string, string>();
    for (const name of this.#used) done.set(name, this.#declaration(name));
    const codes = `${comment('What went wrong; stable.')}export type ${CODES} = ${this.#codes};`;
    const sorted = [...done].sort(([left], [right]) => (left < right ? -1 : 1));
    return [codes, ...sorted.map(([, text]) => text)].join('\n\n');
  }

  #declaration(name: string): string {
    const schema = this.#schemas[name];
    if (schema === undefined) throw new Error(`the description has no schema ${name}`);
    const head = comment(schema.description);
    if (schema.type === 'object' && schema.properties !== undefined) {
      return `${head}export interface ${name} ${this.#fields(schema)}`;
    }
    return `${head}export type ${name} = ${this.typeOf(schema)};`;
  }

  #enumOf(values: readonly unknown[]): string {
    const text = literals(values);
    return text === this.#codes && text !== '' ? CODES : text;
  }

  #guessed(schema: Schema): string {
    if (schema.properties !== undefined || schema.additionalProperties !== undefined)
      return 'object';
    return schema.allOf === undefined ? 'unknown' : 'all';
  }

  #basic(type: string, schema: Schema): string {
    switch (type) {
      case 'string':
      case 'boolean':
      case 'null':
        return type;
      case 'integer':
      case 'number':
        return 'number';
      case 'array':
        return this.#list(schema);
      case 'object':
        return this.#object(schema);
      case 'all':
        return (schema.allOf ?? []).map((one) => this.typeOf(one)).join(' & ');
      default:
        return 'unknown';
    }
  }

  #list({ prefixItems, items }: Schema): string {
    if (prefixItems !== undefined) {
      return `readonly [${prefixItems.map((item) => this.typeOf(item)).join(', ')}]`;
    }
    return `readonly (${items === undefined ? 'unknown' : this.typeOf(items)})[]`;
  }

  #object(schema: Schema): string {
    if (schema.properties !== undefined) return this.#fields(schema);
    const { additionalProperties } = schema;
    const value =
      typeof additionalProperties === 'object' ? this.typeOf(additionalProperties) : 'unknown';
    return `{ readonly [name: string]: ${value} }`;
  }

  #fields({ properties = {}, required = [] }: Schema): string {
    const fields = Object.entries(properties).map(([name, schema]) =>
      fieldText(name, {
        type: this.typeOf(schema),
        isRequired: required.includes(name),
        description: schema.description,
      }),
    );
    return fields.length === 0
      ? '{ readonly [name: string]: never }'
      : `{\n${fields.join('\n')}\n}`;
  }
}

/** One field of an object type. */
export function fieldText(
  name: string,
  field: {
    readonly type: string;
    readonly isRequired: boolean;
    readonly description: string | undefined;
  },
): string {
  const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  const rest = field.isRequired ? `: ${field.type}` : `?: ${field.type} | undefined`;
  return `${comment(field.description)}readonly ${key}${rest};`;
}

const literals = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(' | ');

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ');
