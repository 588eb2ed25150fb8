import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInNetworks, parseIpNetwork } from './ip-network.ts';

const parsed = (text: string) => [parseIpNetwork(text)].filter((network) => network !== undefined);

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', 'a00::', false],
    ['0.0.0.0/0', '::1', false],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.7', '192.168.1.8', false],
    ['fd00::/8', 'fd12::1', true],
    ['::1', '::1', true],
    ['10.0.0.0/8', 'localhost', false],
  ])('%s, %s: %s', (network, address, expected) => {
    expect(isInNetworks(address, parsed(network))).toBe(expected);
  });

  it.each(['', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0/8', 'host/8', 'fe80::1%eth0', '/8'])(
    '%j is none',
    (text) => {
      expect(parseIpNetwork(text)).toBeUndefined();
    },
  );

  it('agree with another implementation', () => {
    const any = fc.oneof(fc.ipV4(), fc.ipV6());
    const near = fc.tuple(any, fc.integer({ min: 0, max: 32 }), any);
    fc.assert(
      fc.property(near, ([base, prefixBits, address]) => {
        // Another matter: the other one judges mapped addresses by what they are written as.
        fc.pre(!/^[0:]*:ffff:/i.test(address) && !/^[0:]*:ffff:/i.test(base));
        const list = new BlockList();
        list.addSubnet(base, prefixBits, isIPv6(base) ? 'ipv6' : 'ipv4');
        const isSameVersion = isIPv6(base) === isIPv6(address);
        const expected = isSameVersion && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

        expect(isInNetworks(address, parsed(`${base}/${prefixBits}`))).toBe(expected);
      }),
    );
  });
});
