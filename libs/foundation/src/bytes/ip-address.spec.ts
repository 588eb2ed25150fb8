import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ipAddressBytes } from './ip-address.ts';

const hex = (text: string): string | undefined => {
  const bytes = ipAddressBytes(text);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
};

describe('the bytes of an IP address', () => {
  it.each([
    { text: '192.0.2.1', bytes: 'c0000201' },
    { text: '::', bytes: '00000000000000000000000000000000' },
    { text: '::1', bytes: '00000000000000000000000000000001' },
    { text: '2001:DB8::8:0', bytes: '20010db8000000000000000000080000' },
    { text: '1:2:3:4:5:6:7:8', bytes: '00010002000300040005000600070008' },
    { text: '1:2:3:4:5:6:7::', bytes: '00010002000300040005000600070000' },
    { text: '::ffff:10.1.2.3', bytes: '00000000000000000000ffff0a010203' },
    { text: 'fe80::1%eth0', bytes: 'fe800000000000000000000000000001' },
  ])('of $text', ({ text, bytes }) => {
    expect(hex(text)).toBe(bytes);
    expect(isIP(text)).toBeGreaterThan(0);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    'host',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    'g::',
  ])('of %j are none', (text) => {
    expect(hex(text)).toBeUndefined();
    expect(isIP(text)).toBe(0);
  });
});
