import { HttpException } from '@nestjs/common';
import type { Problem } from '#contracts';
import { Fault, catalogEntry } from '#domain';
import type { ErrorCode } from '#domain';
import { Rejection } from './rejection.ts';

/** An answer that says what went wrong (RFC 9457). */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

export const PROBLEM_TYPE = 'application/problem+json';

const CODE_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [400, 'REQUEST_INVALID'],
  [404, 'ROUTE_NOT_FOUND'],
  [405, 'METHOD_NOT_ALLOWED'],
  [413, 'REQUEST_TOO_LARGE'],
  [414, 'ROUTE_NOT_FOUND'],
  [415, 'REQUEST_NOT_JSON'],
]);

function headersOf(code: ErrorCode): Record<string, string> {
  const { httpStatus, retry } = catalogEntry(code);
  if (httpStatus === 401) return { 'www-authenticate': 'Bearer' };
  const isSoonOver = httpStatus === 503 && retry !== 'never';
  return isSoonOver || code === 'IDEMPOTENCY_KEY_BUSY' ? { 'retry-after': '1' } : {};
}

function answer(code: ErrorCode, detail: string, errors?: Problem['errors']): ProblemAnswer {
  const { httpStatus, summary } = catalogEntry(code);
  const body: Problem = {
    type: `urn:callcast:error:${code}`,
    title: summary,
    status: httpStatus,
    code,
    detail,
    ...(errors === undefined ? {} : { errors }),
  };
  return { status: httpStatus, headers: headersOf(code), body };
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The answer to an error. Only texts of ours are told; a foreign message never is. */
export function problemOf(error: unknown): ProblemAnswer {
  if (error instanceof Rejection) {
    const detail = error.fields
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      .join('; ')
      .slice(0, 300);
    return answer(
      error.code,
      detail,
      error.fields.map((field) => ({ ...field })),
    );
  }
  if (error instanceof Fault) {
    const { status, headers, body } = answer(error.code, error.detail);
    const seconds = error.retryAfterSeconds;
    const wait = seconds === undefined ? {} : { 'retry-after': String(seconds) };
    return { status, headers: { ...headers, ...wait }, body };
  }
  const code = CODE_BY_STATUS.get(statusOf(error) ?? 500) ?? 'INTERNAL';
  return answer(code, catalogEntry(code).summary);
}
