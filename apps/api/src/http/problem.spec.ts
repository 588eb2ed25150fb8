import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { ERROR_CATALOG, Fault } from '#domain';
import type { ErrorCode } from '#domain';
import { problemOf } from './problem.ts';
import { Rejection } from './rejection.ts';

const SECRET = 'postgres://user:hunter2@host';

describe('a problem document', () => {
  it.each(Object.keys(ERROR_CATALOG) as ErrorCode[])('is made of a fault %s', (code) => {
    const { status, body } = problemOf(new Fault(code));

    expect(problemSchema.strict().parse(body)).toEqual({
      type: `urn:callcast:error:${code}`,
      title: ERROR_CATALOG[code].summary,
      status,
      code,
      detail: ERROR_CATALOG[code].summary,
    });
    expect(status).toBe(ERROR_CATALOG[code].httpStatus);
  });

  it('names the fields of a rejection', () => {
    const fields = [
      { path: 'to', message: 'must be set' },
      { path: '', message: 'is odd' },
    ];

    const { status, body } = problemOf(new Rejection('REQUEST_INVALID', fields));

    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: fields, detail: 'to: must be set; is odd' });
  });

  it.each([
    [new BadRequestException(SECRET), 'REQUEST_INVALID'],
    [new NotFoundException(SECRET), 'ROUTE_NOT_FOUND'],
    [new HttpException(SECRET, 413), 'REQUEST_TOO_LARGE'],
    [new HttpException(SECRET, 418), 'INTERNAL'],
    [Object.assign(new Error(SECRET), { statusCode: 415 }), 'REQUEST_NOT_JSON'],
    [Object.assign(new Error(SECRET), { statusCode: '400' }), 'INTERNAL'],
    [new TypeError(SECRET), 'INTERNAL'],
    [SECRET, 'INTERNAL'],
    [undefined, 'INTERNAL'],
  ])('of a foreign error tells a code and none of its text: %#', (error, code) => {
    const { body } = problemOf(error);

    expect(body.code).toBe(code);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('says how to come back', () => {
    expect(problemOf(new Fault('KEY_MISSING')).headers).toEqual({ 'www-authenticate': 'Bearer' });
    expect(problemOf(new Fault('STORE_UNAVAILABLE')).headers).toEqual({ 'retry-after': '1' });
    expect(problemOf(new Fault('CALL_NOT_FOUND')).headers).toEqual({});
    expect(problemOf(new Fault('RATE_LIMITED', { retryAfterSeconds: 7 })).headers).toEqual({
      'retry-after': '7',
    });
  });
});
