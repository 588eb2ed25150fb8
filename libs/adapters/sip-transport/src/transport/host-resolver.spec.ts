import { describe, expect, it } from 'vitest';
import { dnsHostResolver } from './host-resolver.ts';

describe('the host resolver', () => {
  it.each([
    ['localhost', ['127.0.0.1']],
    ['trunk.localhost.', ['127.0.0.1']],
    ['no-such-host.invalid', []],
  ])('knows %s without asking anybody', async (host, addresses) => {
    expect(await dnsHostResolver().resolve(host)).toEqual(addresses);
  });
});
