import { expect, it } from 'vitest';
import { pinnedProxy } from './next-hop.ts';

const PROXY = 'sip:edge.test;transport=tcp';

it.each<[string, string, string | undefined, string, string | undefined]>([
  ['a name', 'sip:bob@sip.test', undefined, '192.0.2.1', 'sip:192.0.2.1:5070'],
  [
    'a name over TCP',
    'sip:bob@sip.test;transport=TCP',
    undefined,
    '192.0.2.1',
    'sip:192.0.2.1:5070;transport=tcp',
  ],
  ['an IPv6 source', 'sip:bob@sip.test', undefined, '2001:db8::1', 'sip:[2001:db8::1]:5070'],
  ['a proxy by name', 'sip:bob@192.0.2.9', PROXY, '192.0.2.1', 'sip:192.0.2.1:5070;transport=tcp'],
  ['an address', 'sip:bob@192.0.2.1:5070', undefined, '192.0.2.1', undefined],
  ['an address without user', 'sip:192.0.2.1;transport=tcp', undefined, '192.0.2.1', undefined],
  ['an IPv6 address', 'sip:bob@[2001:db8::1]:5070', undefined, '2001:db8::1', undefined],
  ['a proxy by address', 'sip:bob@sip.test', 'sip:192.0.2.1', '192.0.2.1', 'sip:192.0.2.1'],
  [
    'a name that looks like one',
    'sip:bob@192.0.2.1.test',
    undefined,
    '192.0.2.1',
    'sip:192.0.2.1:5070',
  ],
  ['TLS', 'sip:bob@sip.test;transport=tls', undefined, '192.0.2.1', undefined],
  [
    'TLS to a proxy',
    'sip:bob@sip.test',
    `${PROXY.slice(0, -3)}tls`,
    '192.0.2.1',
    'sip:edge.test;transport=tls',
  ],
  ['sips', 'sips:bob@sip.test', undefined, '192.0.2.1', undefined],
  ['a source that would leave its field', 'sip:bob@sip.test', undefined, 'a|b', undefined],
])('%s', (_name, to, outboundProxy, source, pinned) => {
  const request = {
    to,
    from: {},
    sdpOffer: 'v=0',
    ringTimeoutMs: 1,
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  };
  const response = {
    status: 407,
    headers: {},
    source_address: source,
    source_port: 5070,
    get: () => undefined,
    send: () => undefined,
  };

  expect(pinnedProxy(request, response)).toBe(pinned);
});

it.each([
  ['udp', 'sip:192.0.2.1:5070'],
  ['TCP', 'sip:192.0.2.1:5070;transport=tcp'],
  ['tls', undefined],
])('a name that the DNS leads to by %s', (protocol, pinned) => {
  const response = {
    ...{ status: 407, headers: {}, source_address: '192.0.2.1', source_port: 5070, protocol },
    ...{ get: () => undefined, send: () => undefined },
  };

  expect(pinnedProxy({ to: 'sip:bob@sip.test' }, response)).toBe(pinned);
});
