import { describe, expect, it } from 'vitest';
import { HookTargets } from './hook-targets.ts';

const PUBLIC = { allow: [], allowPrivate: false, ports: [443, 80, 8443, 8080] } as const;
const publicOnly = new HookTargets(PUBLIC);
const someAllowed = new HookTargets({
  allow: ['10.1.0.0/16', '::1', 'Sink.internal', '*.lan'],
  allowPrivate: false,
  ports: 'any',
});

describe('the URL of a hook', () => {
  it.each([
    'https://example.com/hook',
    'https://example.com:8443/hook?tenant=1',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'HTTPS://EXAMPLE.COM',
  ])('may be %s', (url) => {
    expect(publicOnly.refusalOfUrl(url)).toBeUndefined();
  });

  it.each([
    ['example.com', 'is not a URL'],
    ['', 'is not a URL'],
    [`https://example.com/${'a'.repeat(2048)}`, 'is not a URL'],
    ['http://example.com/', 'must begin with https://'],
    ['ftp://example.com/', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['javascript:alert(1)', 'must begin with https://'],
    ['https://user@example.com/', 'must not hold a user or a password'],
    ['https://:pass@example.com/', 'must not hold a user or a password'],
    ['https://example.com@127.0.0.1/', 'must not hold a user or a password'],
    ['https://example.com:6379/', 'must use one of the ports 443, 80, 8443, 8080'],
    ['https://example.com:5432/', 'must use one of the ports 443, 80, 8443, 8080'],
    ['https://example.com:9022/', 'must use one of the ports 443, 80, 8443, 8080'],
    ['https://127.0.0.1/', 'is a private, local or reserved address; hooks must be public'],
    ['https://0x7f.1/', 'is a private, local or reserved address; hooks must be public'],
    ['https://localhost./', 'is a name of the local network; hooks must be public'],
    ['https://redis/', 'is a name of the local network; hooks must be public'],
  ])('may not be %s', (url, refusal) => {
    expect(publicOnly.refusalOfUrl(url)).toBe(refusal);
  });

  it.each([
    'http://10.1.2.3:9000/',
    'http://[::1]:9000/',
    'http://sink.internal/',
    'http://SINK.internal./',
    'http://a.b.lan/',
  ])('may be %s where the operator has named it', (url) => {
    expect(someAllowed.refusalOfUrl(url)).toBeUndefined();
  });

  it.each([
    'http://10.2.0.1/',
    'http://lan/',
    'https://notlan.internal/',
    'https://my.sink.internal/',
    'http://example.com/',
  ])('may not be %s where the operator has named others', (url) => {
    expect(someAllowed.refusalOfUrl(url)).toEqual(expect.any(String));
  });

  it('may be any where private targets are allowed, and still no file', () => {
    const all = new HookTargets({ allow: [], allowPrivate: true, ports: 'any' });

    expect(all.refusalOfUrl('http://127.0.0.1:6379/')).toBeUndefined();
    expect(all.refusalOfUrl('file:///etc/passwd')).toBe('must begin with https://');
  });
});

describe('an address that a host leads to', () => {
  it.each([
    ['example.com', '8.8.8.8', false, undefined],
    ['example.com', '8.8.8.8', true, 'is an address of this machine'],
    ['example.com', '127.0.0.1', false, 'is a private, local or reserved address'],
    ['example.com', '10.1.0.1', false, undefined],
    ['example.com', '::ffff:10.1.0.1', false, undefined],
    ['sink.internal', '192.168.0.1', true, undefined],
    ['sink.internal', 'elsewhere', false, 'is not a usable address'],
  ])('%s to %s, own: %s', (host, address, own, refusal) => {
    expect(someAllowed.refusalOfAddress(host, address, own)).toBe(refusal);
  });
});
