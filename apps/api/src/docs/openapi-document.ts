import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_TYPE } from '../http/problem.ts';
import { REQUEST_EXAMPLES } from './request-examples.ts';

type Responses = NonNullable<OpenAPIObject['paths'][string]['get']>['responses'];

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;
type Parameter = NonNullable<Operation['parameters']>[number];

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

function addExamples(document: OpenAPIObject): void {
  for (const [path, example] of Object.entries(REQUEST_EXAMPLES)) {
    const body = document.paths[path]?.post?.requestBody;
    const json = body && 'content' in body ? body.content['application/json'] : undefined;
    if (json !== undefined) json.example = example;
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
  addExamples(document);
  addKeyParameter(document);
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
