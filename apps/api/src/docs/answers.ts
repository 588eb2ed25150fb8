import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ApiResponseOptions } from '@nestjs/swagger';
import type { z } from 'zod';
import { problemSchema } from '#contracts';

const PROBLEM_TEXTS: Readonly<Record<number, string>> = {
  400: 'The request does not fit its schema.',
  401: 'The key is missing or not known.',
  403: 'The scope of the key is too narrow.',
  404: 'There is no such thing, or no such part of it.',
  409: 'Something live is in the way; `code` says what.',
  413: 'The body is larger than 64 KiB, of a batch than 4 MiB.',
  415: 'The body is not JSON.',
  422: 'The address may not be used as a target.',
  429: 'More requests than the key or its app may send, or as many of something as there may be; `code` says what.',
  502: 'The callee did not take it.',
  504: 'It was not begun before its deadline.',
  503: 'The service is not complete; try again later.',
};

const described = (status: number, schema: z.ZodType, description: string): MethodDecorator => {
  const options: ApiResponseOptions = { status, description, standardSchema: schema };
  return ApiResponse(options);
};

/** Documents the problems that a route can answer with. */
export const Problems = (...statuses: readonly number[]): MethodDecorator => {
  // Where a key is asked for, one with a narrower scope is refused, and one that asks too often.
  const all = statuses.includes(401) ? new Set([...statuses, 403, 429]) : statuses;
  return applyDecorators(
    ...[...all].map((status) => described(status, problemSchema, PROBLEM_TEXTS[status] ?? '')),
  );
};

/** Documents an answer that is text of some type. */
export const AnswersText = (type: string, description: string): MethodDecorator =>
  ApiResponse({ status: 200, description, content: { [type]: { schema: { type: 'string' } } } });

/** Documents an answer of bytes of some type. */
export const AnswersBytes = (type: string, description: string): MethodDecorator =>
  ApiResponse({
    status: 200,
    description,
    content: { [type]: { schema: { type: 'string', format: 'binary' } } },
  });

/** Documents what a route answers. */
export const Answers = (
  status: number,
  schema: z.ZodType,
  description: string,
  problems: readonly number[] = [],
): MethodDecorator =>
  applyDecorators(described(status, schema, description), Problems(...problems));
