import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { hookRequest } from './hook-request.ts';

const body = new TextEncoder().encode('{}');
const request = (url: string, path: string) =>
  hookRequest({
    ...{ url, path, id: 'evt_1', at: new Date(1_614_265_330_999), body },
    secrets: [new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
  });

describe('the request of a hook', () => {
  it.each([
    ['https://example.com/hook', '', 'https://example.com/hook'],
    ['https://example.com/app', 'CallStatusEvent', 'https://example.com/app/CallStatusEvent'],
    ['https://example.com/app/', 'connect', 'https://example.com/app/connect'],
    ['https://example.com', 'call', 'https://example.com/call'],
    ['https://example.com/app?tenant=7', 'call', 'https://example.com/app/call?tenant=7'],
  ])('goes to %s with the path %j', (url, path, expected) => {
    expect(request(url, path).url).toBe(expected);
  });

  it('is JSON, signed, and has 15 s', () => {
    expect(request('https://example.com/', '')).toMatchObject({
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'evt_1',
        'webhook-timestamp': '1614265330',
        'webhook-signature': expect.stringMatching(/^v1,/),
      },
      body,
      timeoutMs: 15_000,
    });
  });
});
