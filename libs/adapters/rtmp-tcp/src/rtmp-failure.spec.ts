import { describe, expect, it } from 'vitest';
import { failureOfRefusal, failureOfSocketError } from './rtmp-failure.ts';

describe('failures', () => {
  it.each([
    { code: 'keyInUse', failure: 'RTMP_KEY_IN_USE' },
    { code: 'rejected', failure: 'RTMP_REFUSED' },
    { code: 'denied', failure: 'RTMP_REFUSED' },
    { code: 'closed', failure: 'RTMP_LOST' },
    { code: 'failed', failure: 'RTMP_LOST' },
  ] as const)('the refusal $code is $failure', ({ code, failure }) => {
    const refusal = { code, serverCode: 'Server.Code', description: 'why' };

    expect(failureOfRefusal(refusal)).toMatchObject({
      code: failure,
      detail: 'Server.Code: why',
      message: `${failure}: Server.Code: why`,
    });
  });

  it('says so when the server gave no reason', () => {
    const refusal = { code: 'failed', serverCode: '', description: '' } as const;

    expect(failureOfRefusal(refusal).detail).toBe('no reason given');
  });

  it.each([
    { code: 'ECONNREFUSED', wasConnected: false, failure: 'RTMP_UNREACHABLE' },
    { code: 'ENOTFOUND', wasConnected: false, failure: 'RTMP_UNREACHABLE' },
    { code: 'ECONNRESET', wasConnected: true, failure: 'RTMP_LOST' },
    { code: 'EODD', wasConnected: true, failure: 'RTMP_LOST' },
  ])('the socket error $code is $failure', ({ code, wasConnected, failure }) => {
    const cause = Object.assign(new Error('connect'), { code });

    const result = failureOfSocketError(cause, wasConnected);

    expect(result.code).toBe(failure);
    expect(result.detail).toContain(code);
    expect(result.cause).toBe(cause);
  });
});
