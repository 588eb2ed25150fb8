import { describe, expect, it } from 'vitest';
import { advertisedAddresses, advertisedFor, localAddresses } from './address-settings.ts';

describe('addresses to listen on', () => {
  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['::1']],
    ['0.0.0.0, ::', ['0.0.0.0', '::']],
  ])('are %s', (text, hosts) => {
    expect(localAddresses.parse(text)).toEqual(hosts);
  });

  it.each(['', 'localhost', '127.0.0.1,127.0.0.2', '::1,::2', '[::1]', '127.0.0.1,'])(
    'are not "%s"',
    (text) => {
      expect(localAddresses.safeParse(text).success).toBe(false);
    },
  );
});

describe('the address that peers are told', () => {
  it.each([
    ['127.0.0.1', [], '127.0.0.1'],
    ['0.0.0.0', [], undefined],
    ['::', [], undefined],
    ['0:0::0', [], undefined],
    ['::', ['192.0.2.1'], undefined],
    ['0.0.0.0', ['2001:db8::1', '192.0.2.1'], '192.0.2.1'],
    ['::', ['2001:db8::1', '192.0.2.1'], '2001:db8::1'],
    ['::', ['192.0.2.1', 'sip.example.com'], 'sip.example.com'],
  ])('for %s with %j is %s', (host, given, advertised) => {
    expect(advertisedFor(host, given)).toBe(advertised);
  });

  it.each(['a b', 'a,b,c', 'sip:x', ''])('is not "%s"', (text) => {
    expect(advertisedAddresses.safeParse(text).success).toBe(false);
  });
});
