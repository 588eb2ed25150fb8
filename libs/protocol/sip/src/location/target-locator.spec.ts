import { describe, expect, it } from 'vitest';
import { ScriptedNames, SeededRandom, VirtualTime } from '#testkit';
import type { Located } from './route-finder.ts';
import type { TransportPath } from '../transaction/transport-path.ts';
import { TargetLocator } from './target-locator.ts';

/** We are 192.0.2.1:5060; `reached` lists transports with the IP version behind them. */
function setup(reached = ['udp4', 'tcp4', 'tls4', 'udp6', 'tls6']) {
  const names = new ScriptedNames({
    a: { 'trunk.example': ['192.0.2.9', '192.0.2.1', '192.0.2.8'] },
    aaaa: { 'trunk.example': ['2001:db8::9'] },
    failing: ['A broken.example'],
  });
  const time = new VirtualTime();
  const locator = new TargetLocator({
    names,
    reach: {
      reaches: (transport, family) => reached.includes(`${transport}${family}`),
      isOurselves: ({ address, port }) => address === '192.0.2.1' && port === 5060,
    },
    random: new SeededRandom(3),
    clock: time,
    udpLimitBytes: 1300,
  });
  const resolve = (uri: string, callId = 'call'): Promise<Located> =>
    new Promise((resolved) => locator.resolve(uri, callId, resolved));
  const addresses = async (uri: string, callId?: string): Promise<readonly string[]> =>
    (await resolve(uri, callId)).paths.map(({ address }) => address);
  return { locator, time, reached, resolve, addresses };
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

  it.each([
    ['sip:trunk.example', ['udp4', 'tcp4'], 'udp'],
    ['sip:trunk.example;transport=tcp', ['udp4', 'tcp4'], 'tcp'],
    ['sip:trunk.example', ['tls6'], 'tls'],
    ['sips:trunk.example', ['udp4', 'tls4'], 'tls'],
  ])('knows that %s is a name to be looked up', (uri, reached, transport) => {
    expect(setup(reached).locator.find(uri)).toEqual({ kind: 'name', transport });
  });

  it('finds the addresses of a name that it can reach, and never itself', async () => {
    expect(await setup().addresses('sip:a@trunk.example')).toEqual([
      '192.0.2.9',
      '2001:db8::9',
      '192.0.2.8',
    ]);
  });

  it('finds nothing once the sockets are closed', async () => {
    const { reached, resolve } = setup();

    const resolving = resolve('sip:trunk.example');
    reached.length = 0;

    expect(await resolving).toEqual({ paths: [], problem: 'unknownName' });
  });

  it.each([
    ['sip:nobody.example', 'unknownName'],
    ['sip:broken.example', 'nameServersFailed'],
    ['sip:', 'unknownName'],
  ])('says why it finds nothing for %s', async (uri, problem) => {
    expect(await setup().resolve(uri)).toEqual({ paths: [], problem });
  });

  it('tries targets that failed last, and first the one that knows the call', async () => {
    const { locator, addresses, resolve } = setup(['udp4']);
    const { paths } = await resolve('sip:trunk.example:5070');
    const [first, second, third] = paths;
    if (first === undefined || second === undefined || third === undefined) throw new Error('?');

    locator.failed(first);
    locator.answered(third, 'mine');

    const [a, b, c] = [first, second, third].map(({ address }) => address);
    expect(await addresses('sip:trunk.example:5070', 'mine')).toEqual([c, b, a]);
    expect(await addresses('sip:trunk.example:5070', 'other')).toEqual([b, c, a]);
  });

  describe('for a long request', () => {
    const udp = { transport: 'udp', address: '192.0.2.5', port: 5070 } as const;
    const tcp = { ...udp, transport: 'tcp' } as const;

    it.each([
      ['TCP before UDP', 'sip:192.0.2.5:5070', 1301, [tcp, udp]],
      ['UDP when it is not that long', 'sip:192.0.2.5:5070', 1300, [udp]],
      ['UDP when the URI asks for it', 'sip:192.0.2.5:5070;transport=udp', 5000, [udp]],
    ])('takes %s', (_what, uri, sizeBytes, paths) => {
      expect(setup().locator.forSize(uri, [udp], sizeBytes)).toEqual(paths);
    });

    it('leaves other transports alone', () => {
      expect(setup().locator.forSize('sip:trunk.example', [tcp], 5000)).toEqual([tcp]);
    });

    it('stays with UDP for a while where TCP was refused, and where we have none', () => {
      const { locator, time } = setup();
      const choose = (paths: readonly TransportPath[]) =>
        locator.forSize('sip:trunk.example', paths, 5000);

      locator.failed(tcp);
      expect(choose([udp])).toEqual([udp]);
      expect(choose([{ ...udp, address: '2001:db8::5' }])).toHaveLength(1);
      time.advance(61_000);
      expect(choose([udp])).toEqual([tcp, udp]);
    });
  });
});
