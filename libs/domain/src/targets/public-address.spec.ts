import { describe, expect, it } from 'vitest';
import { refusalOfAddress } from './public-address.ts';

const PRIVATE = 'is a private, local or reserved address';

describe('public addresses', () => {
  it.each([
    '9.255.255.255',
    '11.0.0.0',
    '100.63.0.1',
    '172.32.0.1',
    '192.0.3.1',
    '198.51.101.1',
    '2a00:1::1',
  ])('%s may be called', (address) => {
    expect(refusalOfAddress(address)).toBeUndefined();
  });

  it.each([
    '0.0.0.0',
    '10.255.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.0.2.7',
    '192.168.1.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '2001:0:53aa:64c::1',
    '2001:db8::1',
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
});
