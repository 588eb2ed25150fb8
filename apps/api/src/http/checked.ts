import { Body as NestBody, Query as NestQuery } from '@nestjs/common';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { invariant } from '#foundation';
import { fieldErrors } from './field-errors.ts';
import { Rejection } from './rejection.ts';

interface Checked {
  readonly schema: NonNullable<ArgumentMetadata['schema']>;
}

/** What a schema makes of a value. */
class SchemaPipe implements PipeTransform<unknown, unknown> {
  constructor(private readonly schema: Checked['schema']) {}

  /** @throws Rejection REQUEST_INVALID. */
  transform(value: unknown): unknown {
    const result = this.schema['~standard'].validate(value);
    invariant(!(result instanceof Promise), 'schemas of requests wait for nothing');
    if (result.issues === undefined) return result.value;
    throw new Rejection('REQUEST_INVALID', fieldErrors(result.issues));
  }
}

/*
 * In the place of a pipe for everything: what has no schema then waits for nothing, and neither body nor query of a client can
 * come in without one.
 */

/** Gives a method of a controller the body of a request, once it fits the schema. */
export const Body = ({ schema }: Checked): ParameterDecorator =>
  NestBody({ schema, pipes: [new SchemaPipe(schema)] });

/** Gives a method of a controller the query of a request, once it fits the schema. */
export const Query = ({ schema }: Checked): ParameterDecorator =>
  NestQuery({ schema, pipes: [new SchemaPipe(schema)] });
