import { describe, expect, it } from 'vitest';
import { drachtioUrlSchema } from './drachtio-url.ts';

describe('the address of a signalling server', () => {
  it.each([
    ['drachtio://:cymru@127.0.0.1:9022', '127.0.0.1', 9022, 'cymru'],
    ['drachtio://:cymru@sip.internal:1', 'sip.internal', 1, 'cymru'],
    ['drachtio://:cymru@[::1]:9022', '::1', 9022, 'cymru'],
    ['drachtio://:a%40b%2Fc%25:d@h:9022', 'h', 9022, 'a@b/c%:d'],
  ])('%s is taken', (text, host, port, secret) => {
    const place = drachtioUrlSchema.parse(text);

    expect([place.host, place.port, place.secret.reveal()]).toEqual([host, port, secret]);
    expect(JSON.stringify(place)).not.toContain(secret);
  });

  it.each([
    ['no secret', 'drachtio://127.0.0.1:9022', 'must look like'],
    ['a user', 'drachtio://me:hidden@127.0.0.1:9022', 'must look like'],
    ['no port', 'drachtio://:hidden@127.0.0.1', 'must look like'],
    ['a path', 'drachtio://:hidden@127.0.0.1:9022/x', 'must look like'],
    ['another scheme', 'https://:hidden@127.0.0.1:9022', 'must look like'],
    ['an open bracket', 'drachtio://:hidden@[::1:9022', 'must look like'],
    ['port 0', 'drachtio://:hidden@h:0', 'port from 1 to 65535'],
    ['port 99999', 'drachtio://:hidden@h:99999', 'port from 1 to 65535'],
    ['a bare %', 'drachtio://:hidden%@h:9022', '%25'],
    ['a field mark in the secret', 'drachtio://:hidden%7Cx@h:9022', 'no | or control'],
    ['a line end in the secret', 'drachtio://:hidden%0D%0Ax@h:9022', 'no | or control'],
  ])('with %s is refused, and the secret is not named', (_what, text, problem) => {
    const { error } = drachtioUrlSchema.safeParse(text);

    expect(error?.issues[0]?.message).toContain(problem);
    expect(JSON.stringify(error?.issues)).not.toContain('hidden');
  });
});
