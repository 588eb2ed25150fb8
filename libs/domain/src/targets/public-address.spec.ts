import { BlockList, isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { refusalOfAddress } from './public-address.ts';

const PRIVATE = 'is a private, local or reserved address';

describe('public addresses', () => {
  it.each(['9.255.255.255', '11.0.0.0', '100.63.0.1', '172.32.0.1', '203.0.113.9', '2a00:1::1'])(
    '%s may be called',
    (address) => {
      expect(refusalOfAddress(address)).toBeUndefined();
    },
  );

  it.each([
    '0.0.0.0',
    '10.255.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '2002:0a00:0001::',
    'fd00::1',
    'fe80::1%eth0',
    'ff02::1',
  ])('%s may not', (address) => {
    expect(refusalOfAddress(address)).toBe(PRIVATE);
  });

  it.each(['', 'localhost', '1.2.3', ':::'])('%j is no address', (text) => {
    expect(refusalOfAddress(text)).toBe('is not a usable address');
  });

  it('agrees with another implementation of networks', () => {
    const list = new BlockList();
    list.addSubnet('172.16.0.0', 12, 'ipv4');
    list.addSubnet('fc00::', 7, 'ipv6');
    const addresses = Array.from({ length: 256 }, (_, index) => [
      `172.${index}.1.1`,
      `${(0xfa00 + index * 4).toString(16)}::1`,
    ]).flat();

    // The multicast and link-local networks lie beside the second one.
    const judged = addresses.filter((address) => !/^f[ef][89a-f]|^ff|^fe/.test(address));
    const differing = judged.filter((address) => {
      const expected = list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
      return (refusalOfAddress(address) !== undefined) !== expected;
    });

    expect(differing).toEqual([]);
  });
});
