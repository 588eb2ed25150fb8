import { expect, it } from 'vitest';
import { refreshHeaders } from './refresh-headers.ts';
import type { SrfRequest } from './srf-types.ts';

const asking = (value?: string): SrfRequest =>
  ({ get: (name: string) => (name === 'Session-Expires' ? value : undefined) }) as SrfRequest;

it.each([
  ['1800;refresher=uac', { 'Session-Expires': '1800;refresher=uac', Require: 'timer' }],
  ['1800 ; refresher = UAS', { 'Session-Expires': '1800;refresher=uas' }],
  ['1800', {}],
  ['soon;refresher=uac', {}],
  ['1800;refresher=uac\r\nX-Evil: 1', {}],
  [undefined, {}],
])('a request with Session-Expires: %j is answered with %j', (value, headers) => {
  expect(refreshHeaders(asking(value))).toEqual(headers);
});
