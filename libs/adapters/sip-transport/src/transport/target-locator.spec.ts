import { describe, expect, it } from 'vitest';
import type { TransportPath } from '#protocol/sip';
import { TargetLocator } from './target-locator.ts';

const ADDRESSES = ['192.0.2.9', '2001:db8::9', '192.0.2.1'];

/** We are 192.0.2.1:5060; `reached` lists transports with the IP version behind them. */
function setup(reached = ['udp4', 'tcp4', 'tls4', 'udp6', 'tls6']) {
  const asked: string[] = [];
  const locator = new TargetLocator({
    hosts: {
      resolve: (host) => {
        asked.push(host);
        return Promise.resolve(ADDRESSES);
      },
    },
    reach: {
      reaches: (transport, family) => reached.includes(`${transport}${family}`),
      isOurselves: ({ address, port }) => address === '192.0.2.1' && port === 5060,
    },
  });
  const resolve = (uri: string): Promise<readonly TransportPath[]> =>
    new Promise((resolved) => locator.resolve(uri, resolved));
  return { locator, asked, resolve };
}

describe('the target locator', () => {
  it.each([
    ['sip:a@192.0.2.5', { transport: 'udp', address: '192.0.2.5', port: 5060 }],
    ['sip:a@192.0.2.5;transport=TCP', { transport: 'tcp', address: '192.0.2.5', port: 5060 }],
    ['sip:a@[2001:db8::5]:5070', { transport: 'udp', address: '2001:db8::5', port: 5070 }],
    ['sip:192.0.2.5;maddr=192.0.2.6', { transport: 'udp', address: '192.0.2.6', port: 5060 }],
    ['sip:192.0.2.5;maddr=[2001:db8::6]', { transport: 'udp', address: '2001:db8::6', port: 5060 }],
    [
      'sip:192.0.2.5;transport=tls',
      { transport: 'tls', address: '192.0.2.5', port: 5061, serverName: '192.0.2.5' },
    ],
    [
      'sips:[2001:db8::5]',
      { transport: 'tls', address: '2001:db8::5', port: 5061, serverName: '2001:db8::5' },
    ],
    [
      'sips:trunk.example;transport=tcp;maddr=192.0.2.5',
      { transport: 'tls', address: '192.0.2.5', port: 5061, serverName: 'trunk.example' },
    ],
  ])('knows the path to %s', (uri, path) => {
    expect(setup().locator.find(uri)).toEqual({ kind: 'path', path });
  });

  it.each([
    ['sip:', 'invalidUri'],
    ['sip:192.0.2.5;transport=sctp', 'transportNotAvailable'],
    ['sip:[2001:db8::5];transport=tcp', 'transportNotAvailable'],
    ['sips:192.0.2.5;transport=udp', 'unsupportedScheme'],
    ['sip:192.0.2.1', 'ourselves'],
    ['sip:192.0.2.5;maddr=192.0.2.1', 'ourselves'],
  ])('knows no path to %s: %s', (uri, problem) => {
    expect(setup().locator.find(uri)).toEqual({ kind: 'unusable', problem });
  });

  it.each([
    ['sip:trunk.example;transport=tls', 'transportNotAvailable'],
    ['sips:trunk.example', 'unsupportedScheme'],
  ])('knows no path to %s without TLS', (uri, problem) => {
    expect(setup(['udp4', 'tcp4']).locator.find(uri)).toEqual({ kind: 'unusable', problem });
  });

  it('finds the addresses of a name that it can reach, and never itself', async () => {
    const { locator, asked, resolve } = setup();
    const uri = 'sip:a@trunk.example';

    expect(locator.find(uri)).toEqual({ kind: 'name', transport: 'udp' });
    expect(await resolve(uri)).toEqual([
      { transport: 'udp', address: '192.0.2.9', port: 5060 },
      { transport: 'udp', address: '2001:db8::9', port: 5060 },
    ]);
    expect(asked).toEqual(['trunk.example']);
  });

  it('leaves out addresses of an IP version that it has no socket for', async () => {
    const { resolve } = setup(['tcp4']);

    const paths = await resolve('sip:a@trunk.example:5070;transport=tcp');

    expect(paths.map(({ address }) => address)).toEqual(['192.0.2.9', '192.0.2.1']);
  });

  it('tells whose certificate is to be expected behind a name', async () => {
    const paths = await setup().resolve('sips:trunk.example');

    expect(paths[0]).toEqual({
      transport: 'tls',
      address: '192.0.2.9',
      port: 5061,
      serverName: 'trunk.example',
    });
  });

  it('finds nothing once the sockets are closed', async () => {
    expect(await setup([]).resolve('sip:trunk.example')).toEqual([]);
  });
});
