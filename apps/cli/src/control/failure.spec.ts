import { describe, expect, it } from 'vitest';
import { CallcastError } from '#sdk';
import type { ErrorCode } from '#sdk';
import { reportOf } from './failure.ts';

const failed = (code: CallcastError['code'], status?: number) =>
  reportOf(new CallcastError({ code, message: 'It failed.', status, requestId: 'r-1' }));

describe('the exit code', () => {
  it.each<[ErrorCode, number, number]>([
    ['CALL_NOT_FOUND', 404, 1],
    ['CALL_ID_IN_USE', 409, 1],
    ['DTMF_REFUSED', 502, 1],
    ['KEY_INVALID', 401, 3],
    ['SCOPE_MISSING', 403, 3],
    ['STORE_UNAVAILABLE', 503, 3],
  ])('of %s (%i) is %i', (code, status, exit) => {
    expect(failed(code, status).exit).toBe(exit);
  });

  it.each(['UNREACHABLE', 'TIMED_OUT', 'HTTP_ERROR', 'NOT_CALLCAST'] as const)(
    'of no answer of Callcast is 3: %s',
    (code) => {
      expect(failed(code).exit).toBe(3);
    },
  );
});

describe('the words for a failure', () => {
  it('are the code, the fields, what to do, and the request', () => {
    const error = new CallcastError({
      ...{ code: 'REQUEST_INVALID', message: 'It does not fit.', status: 400, requestId: 'r-1' },
      details: [{ path: 'to', message: 'is \u001bwrong' }],
    });

    expect(reportOf(error).lines).toEqual([
      'callcast: REQUEST_INVALID: It does not fit.',
      '  to: is ?wrong',
      'Request r-1',
    ]);
    expect(failed('UNREACHABLE').lines[1]).toContain('CALLCAST_URL');
  });
});
