import { describe, expect, it } from 'vitest';
import { dnsServersSchema } from './dns-servers.ts';

describe('the list of name servers', () => {
  it.each([
    ['192.0.2.53', ['192.0.2.53']],
    ['127.0.0.1:5353, 192.0.2.53', ['127.0.0.1:5353', '192.0.2.53']],
    ['2001:db8::53,[2001:db8::54]:53,[::1]', ['2001:db8::53', '[2001:db8::54]:53', '[::1]']],
  ])('may be %s', (text, servers) => {
    expect(dnsServersSchema.parse(text)).toEqual(servers);
  });

  it.each([
    '',
    'dns.example',
    '192.0.2.53:0',
    '192.0.2.53:70000',
    '192.0.2',
    '[192.0.2.53]:53',
    '192.0.2.53,',
    Array.from({ length: 9 }, () => '192.0.2.53').join(','),
  ])('may not be %j', (text) => {
    expect(dnsServersSchema.safeParse(text).success).toBe(false);
  });
});
