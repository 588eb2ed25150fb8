import type { OpenApi } from './open-api.ts';
import { RouteMethods } from './route-methods.ts';
import { SchemaTypes } from './schema-types.ts';

const HEAD =
  '// Made from the description of the API by `npm run generate:sdk`. Not to be edited.\n';

/** What comes over the event stream, whose answer is described as text. */
const STREAMED = ['Event', 'CallStats'];

/** Source texts of the SDK, by file name in `src/openapi`; not formatted. */
export interface GeneratedSdk {
  readonly 'schemas.ts': string;
  readonly 'routes.ts': string;
}

/** Writes types of all schemas in use, and a method for each route below `/v1/`. */
export function generateSdk(document: OpenApi): GeneratedSdk {
  const types = new SchemaTypes(document);
  const methods = new RouteMethods(document, types).text();
  for (const name of STREAMED) types.nameOf(name);
  const schemas = types.declarations();
  const named = [...schemas.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  const used = named.filter(
    (name) => name !== undefined && new RegExp(`[ <:|]${name}\\b(?!Query)`).test(codeOf(methods)),
  );
  return {
    'schemas.ts': `${HEAD}\n${schemas}\n`,
    'routes.ts':
      `${HEAD}\nimport { EventStream } from '../events/event-stream.ts';\n` +
      "import type { ListenOptions } from '../events/event-stream.ts';\n" +
      "import { Pages } from '../http/pages.ts';\n" +
      "import type { RequestOptions, Transport } from '../http/transport.ts';\n" +
      `import type { ${used.join(', ')} } from './schemas.ts';\n\n${methods}\n`,
  };
}

const codeOf = (text: string): string => text.replace(/\/\*\*[^]*?\*\//g, '');
