import { describe, expect, it } from 'vitest';
import { sipRequest, sipResponse } from '#testkit';
import { sentByPath, stampReceived } from './via-stamp.ts';
import type { Origin } from './wire.ts';

const origin = (address: string, transport: 'udp' | 'tcp' = 'udp'): Origin => ({
  transport,
  address,
  port: 33_333,
  localAddress: '192.0.2.9',
  localPort: 5060,
});

const vias = (via: string, from: Origin): readonly string[] => {
  const request = sipRequest();
  request.headers.set('Via', via);
  return stampReceived(request, from).headers.getAll('Via');
};

describe('the top Via of a request', () => {
  it.each([
    [
      'a sender that says where it is',
      'SIP/2.0/UDP 192.0.2.1:5080;branch=z9hG4bK1',
      origin('192.0.2.1'),
      ['SIP/2.0/UDP 192.0.2.1:5080;branch=z9hG4bK1;rport=33333'],
    ],
    [
      'a sender behind a NAT',
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;rport',
      origin('192.0.2.1'),
      ['SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;rport=33333;received=192.0.2.1'],
    ],
    [
      'a sender that forges where it came from',
      'SIP/2.0/UDP 192.0.2.1;received=198.51.100.1;branch=z9hG4bK1',
      origin('192.0.2.7'),
      ['SIP/2.0/UDP 192.0.2.1;received=192.0.2.7;branch=z9hG4bK1;rport=33333'],
    ],
    [
      'a sender that is where it says, and asks for the response to go elsewhere',
      'SIP/2.0/TCP 192.0.2.1;received=198.51.100.1;branch=z9hG4bK1',
      origin('192.0.2.1', 'tcp'),
      ['SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1'],
    ],
    [
      'a sender on a connection',
      'SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
      origin('192.0.2.1', 'tcp'),
      ['SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1'],
    ],
    [
      'a proxy that writes a list',
      'SIP/2.0/UDP p1;branch=z9hG4bK2, SIP/2.0/UDP a;branch=z9hG4bK1',
      origin('192.0.2.1'),
      [
        'SIP/2.0/UDP p1;branch=z9hG4bK2;rport=33333;received=192.0.2.1',
        'SIP/2.0/UDP a;branch=z9hG4bK1',
      ],
    ],
  ])('is completed for %s', (_name, via, from, expected) => {
    expect(vias(via, from)).toEqual(expected);
  });
});

describe('a response whose connection is gone', () => {
  it.each([
    ['SIP/2.0/TCP a.example:5080;received=192.0.2.1;rport=33333;branch=z9hG4bK1', 5080],
    ['SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1', 5060],
  ])('goes to the sender at the port it listens on: %s', (via, port) => {
    const response = sipResponse(sipRequest(), 200);
    response.headers.set('Via', via);
    const lost = { transport: 'tcp', address: '192.0.2.1', port: 33_333, connectionId: 4 } as const;

    expect(sentByPath(response, lost)).toEqual({ transport: 'tcp', address: '192.0.2.1', port });
  });
});
