import { describe, expect, it } from 'vitest';
import { createCallSchema, wcsCallSchema } from '#contracts';
import { newCallOf } from '../calls/new-call.ts';
import { callDestinations, refuseLocal } from '../calls/target-policy.ts';
import { requestOfWcs } from '../wcs/wcs-request.ts';
import { IdFactory } from '#domain';
import { SeededRandom } from '#testkit';
import { REQUEST_EXAMPLES } from './request-examples.ts';

describe('the examples of the description', () => {
  it.each([
    ['/v1/calls', createCallSchema.parse(REQUEST_EXAMPLES['/v1/calls'])],
    ['/RESTCall/call', requestOfWcs(wcsCallSchema.parse(REQUEST_EXAMPLES['/RESTCall/call']))],
  ])('are requests that are taken: %s', (_, request) => {
    const { sip, rtmp } = callDestinations(request);
    refuseLocal([...sip, ...rtmp]);
    const ids = new IdFactory(() => 0, new SeededRandom(1));

    expect(newCallOf(request, { ids, appKey: 'default' })).toMatchObject({
      callId: 'morning-show',
      outputs: [{ url: 'rtmp://live.example.com/live' }],
    });
  });
});
