import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ERROR_CATALOG, Fault, catalogEntry, isErrorCode } from '#domain';
import type { ErrorCode } from '#domain';
import { PROBLEM_TYPE, problemOf } from '../http/problem.ts';
import { AnswerExamples } from './answer-examples.ts';
import { CHANGE_EXAMPLES, REQUEST_EXAMPLES, TEXT_EXAMPLES } from './request-examples.ts';

type Responses = NonNullable<OpenAPIObject['paths'][string]['get']>['responses'];

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const ERROR_CODES = Object.keys(ERROR_CATALOG).filter(isErrorCode);

const KEY_PROBLEM: NonNullable<Responses[string]> = {
  description: 'The Idempotency-Key is in use, or was used for another request.',
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

function nameProblems(responses: Responses): void {
  for (const response of Object.values(responses)) {
    if (!response || !('content' in response)) continue;
    const [content] = Object.values(response.content ?? {});
    if (content?.schema === undefined || !('$ref' in content.schema)) continue;
    if (content.schema.$ref.endsWith('/Problem')) response.content = { [PROBLEM_TYPE]: content };
  }
}

/** Problems have a type of their own, whatever the route answers else. */
function nameProblemType(document: OpenAPIObject): void {
  for (const { get, post, patch, delete: remove } of Object.values(document.paths)) {
    for (const operation of [get, post, patch, remove]) nameProblems(operation?.responses ?? {});
  }
}

const METHODS = ['get', 'post', 'patch', 'delete'] as const;

function* operationsOf(document: OpenAPIObject): Generator<readonly [string, Operation]> {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) yield [path, operation];
    }
  }
}

function addRequestExamples(document: OpenAPIObject): void {
  for (const [method, examples] of [
    ['post', REQUEST_EXAMPLES],
    ['patch', CHANGE_EXAMPLES],
  ] as const) {
    for (const [path, example] of Object.entries(examples)) {
      const body = document.paths[path]?.[method]?.requestBody;
      const json = body && 'content' in body ? body.content['application/json'] : undefined;
      if (json !== undefined) json.example = example;
    }
  }
}

/** Those that say it best; else the first of the catalog with the status, of the thing that the path names. */
const USUAL_CODES: Readonly<Record<string, ErrorCode>> = {
  400: 'REQUEST_INVALID',
  401: 'KEY_MISSING',
  403: 'SCOPE_MISSING',
  429: 'RATE_LIMITED',
  500: 'INTERNAL',
  503: 'STORE_UNAVAILABLE',
};

function problemCode(path: string, status: string): ErrorCode | undefined {
  const [, thing = 'CALL'] = /^\/v1\/(\w+)s\b/.exec(path) ?? [];
  const codes = ERROR_CODES.filter((code) => catalogEntry(code).httpStatus === Number(status));
  const own = codes.find((code) => code.startsWith(`${thing.toUpperCase()}_`));
  return USUAL_CODES[status] ?? own ?? codes[0];
}

/** An example for every answer: texts as they are, problems from the catalog, all else from its schema. */
function addAnswerExamples(document: OpenAPIObject): void {
  const schemas = document.components?.schemas ?? {};
  const examples = new AnswerExamples(schemas);
  for (const [path, { responses }] of operationsOf(document)) {
    for (const [status, response] of Object.entries(responses)) {
      if (!response || !('content' in response)) continue;
      for (const [type, content] of Object.entries(response.content ?? {})) {
        const code = type === PROBLEM_TYPE ? problemCode(path, status) : undefined;
        if (code !== undefined) content.example = problemOf(new Fault(code)).body;
        else if (type === 'application/json') {
          content.example = examples.of(content.schema ?? {});
        } else if (path in TEXT_EXAMPLES) content.example = TEXT_EXAMPLES[path];
      }
    }
  }
}

const usualProblem = (description: string): NonNullable<Responses[string]> => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** What any route may answer, whatever it does. */
const USUAL = {
  400: 'The request cannot be read.',
  429: 'More requests than the key or its app may send; Retry-After says when to come back.',
  500: 'The service has failed; the log says why, under the x-request-id of the answer.',
} as const;
/** What may be said of any body. */
const USUAL_OF_BODIES = {
  413: 'The body is larger than the route takes.',
  415: 'The body is not JSON.',
} as const;

function addUsualProblems(document: OpenAPIObject): void {
  for (const [, { security, requestBody, responses }] of operationsOf(document)) {
    if (security === undefined) continue;
    const usual = { ...USUAL, ...(requestBody === undefined ? {} : USUAL_OF_BODIES) };
    for (const [status, text] of Object.entries(usual)) responses[status] ??= usualProblem(text);
  }
}

const KEY_PARAMETER: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'One key for all attempts at this request, 1 to 255 visible ASCII characters (draft-ietf-httpapi-idempotency-key-header). ' +
    'For 24 h the same request is answered as it was, with the header `Idempotent-Replayed: true`, whatever API it reaches; ' +
    'another request with the key is a 422, one while the first is under way a 409 with Retry-After. A refusal that may pass ' +
    '(`retry` is not `never` in the table of codes) is not kept: the same key may be tried again.',
  schema: { type: 'string', maxLength: 255 },
};

/** Every POST of ours takes the header. */
function addKeyParameter(document: OpenAPIObject): void {
  for (const [path, { post }] of Object.entries(document.paths)) {
    if (post === undefined || !path.startsWith('/v1/')) continue;
    (post.parameters ??= []).push(KEY_PARAMETER);
    for (const status of ['409', '422']) post.responses[status] ??= KEY_PROBLEM;
  }
}

/** The description of the API, made from its routes and schemas. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Callcast')
    .setDescription('Puts SIP calls on air: dials a SIP address and publishes it to RTMP servers.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque key' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  nameProblemType(document);
  addKeyParameter(document);
  addUsualProblems(document);
  addRequestExamples(document);
  addAnswerExamples(document);
  return document;
}

/** Holds the document, which can only be made when all routes are known. */
export class OpenApiHolder {
  #document: OpenAPIObject | undefined;

  fill(document: OpenAPIObject): void {
    this.#document = document;
  }

  get document(): OpenAPIObject | undefined {
    return this.#document;
  }
}
