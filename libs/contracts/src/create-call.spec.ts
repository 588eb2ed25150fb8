import { describe, expect, it } from 'vitest';
import { createCallSchema } from './create-call.ts';
import { rtmpUrl, sipUri, sipUriParts } from './text-fields.ts';

const valid = {
  to: 'sip:room@example.com',
  outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key' }],
};

describe('a request for a call', () => {
  it('needs no more than an address and a target', () => {
    const call = createCallSchema.parse(valid);

    expect(call.media).toEqual({
      direction: 'recvonly',
      earlyMedia: 'ignore',
      onTimeout: 'end',
      audio: {
        sampleRate: 44100,
        channels: 1,
        bitrateKbps: 64,
        content: 'speech',
        constantRate: false,
        passthrough: false,
      },
    });
    expect(call.limits).toEqual({
      ringSeconds: 60,
      maxSeconds: 14400,
      mediaTimeoutSeconds: 30,
      mediaGapSeconds: 15,
      silenceSeconds: 10,
      holdSeconds: 300,
    });
  });

  it.each([
    ['an unknown field', { ...valid, callid: 'x' }],
    ['an unknown nested field', { ...valid, from: { usr: 'x' } }],
    ['nine targets', { ...valid, outputs: Array.from({ length: 9 }, () => valid.outputs[0]) }],
    ['a line break in a name', { ...valid, from: { displayName: 'a\r\nX-Evil: 1' } }],
    ['an encoded line break', { ...valid, from: { displayName: 'a%0d%0aX-Evil: 1' } }],
    ['a prototype', JSON.parse('{"__proto__":{"to":"x"},"to":"sip:a@b.example"}')],
  ])('is refused with %s', (_, body) => {
    expect(createCallSchema.safeParse(body).success).toBe(false);
  });
});

describe('headers of a request', () => {
  it('are taken as they are', () => {
    const headers = { 'X-Show': 'news ☕', Subject: 'on air' };

    expect(createCallSchema.parse({ ...valid, headers }).headers).toEqual(headers);
  });

  it.each(['Via', 'Authorization', 'X-A\r\nB'])('%j is refused by name', (name) => {
    const result = createCallSchema.safeParse({ ...valid, headers: { [name]: 'x' } });

    expect(result.error?.issues[0]?.path).toEqual(['headers', name]);
  });
});

describe('a registration', () => {
  const auth = { username: 'studio', password: 'p' };
  const paths = (change: object): string[] =>
    createCallSchema
      .safeParse({ ...valid, ...change })
      .error?.issues.map(({ path }) => path.join('.')) ?? [];

  it.each([
    ['none by default', {}, []],
    ['for an account', { register: true, auth }, []],
    ['with a registrar', { register: true, auth, registrar: 'sips:reg.example.com:5071' }, []],
    ['without an account', { register: true }, ['auth']],
    [
      'with a user in the registrar',
      { register: true, auth, registrar: 'sip:a@b.c' },
      ['registrar'],
    ],
    ['that is not asked for', { registrar: 'sip:reg.example.com' }, ['registrar']],
    ['that is no yes or no', { register: 'true', auth }, ['register']],
  ])('%s', (_, change, refused) => {
    expect(paths(change)).toEqual(refused);
  });
});

describe('realms of a login', () => {
  const auth = { username: 'studio', password: 'p' };

  it('are texts of which there is at least one', () => {
    const realms = (list: string[]): boolean =>
      createCallSchema.safeParse({ ...valid, auth: { ...auth, realms: list } }).success;

    expect([realms(['Acme, "Inc"']), realms([]), realms(['a\r\nb'])]).toEqual([true, false, false]);
  });
});

describe('a SIP address', () => {
  it.each([
    'sip:room@example.com',
    'sips:room@example.com:5061',
    'sip:+15551234567@example.com;transport=tcp',
    'sip:127.0.0.1:5060',
    'sip:a@[2001:db8::1]:5060;transport=udp',
    "sip:a;b=c?d/e!~*'()@example.com",
    'sips:a@example.com;transport=tls',
    'sip:a@example.com;lr;TRANSPORT=UDP',
    'sip:a;transport=x@example.com',
  ])('%s is taken', (uri) => {
    expect(sipUri.safeParse(uri).success).toBe(true);
  });

  it.each([
    'example.com',
    'tel:+15551234567',
    'http://example.com',
    'sip:',
    'sip:@example.com',
    'sip:a@b@c',
    'sip:user:password@example.com',
    'sip:a@example.com:0',
    'sip:a@example.com:70000',
    'sip:a@example.com?Subject=x',
    'sip:a b@example.com',
    'sip:a@example.com>',
    'sip:a@exa"mple.com',
    'sip:a@example.com\r\nX: y',
    'sip:a%0d%0a@example.com',
    'sip:a@example.com;transport=ws',
    'sip:a@example.com;transport=',
    'sips:a@example.com;user=phone;transport=udp',
  ])('%j is refused', (uri) => {
    expect(sipUri.safeParse(uri).success).toBe(false);
  });

  it('comes apart into its parts', () => {
    expect(sipUriParts('sips:bob@example.com:5061;transport=tcp')).toEqual({
      scheme: 'sips',
      user: 'bob',
      host: 'example.com',
      port: 5061,
    });
  });
});

describe('an RTMP address', () => {
  it.each([
    'rtmp://127.0.0.1:1935/live',
    'rtmps://a.rtmps.youtube.com:443/live2?backup=1',
    'rtmp://user:pass@host/app/instance',
  ])('%s is taken', (url) => {
    expect(rtmpUrl.safeParse(url).success).toBe(true);
  });

  it.each([
    'http://host/app',
    'file:///etc/passwd',
    'rtmp://',
    'rtmp:///app',
    'rtmp://host',
    'rtmp://host/',
    'rtmp://host/app live=1 conn=S:x',
    'rtmp://host/app#x',
    'rtmp://host/app\n',
    'pipe:1',
  ])('%j is refused', (url) => {
    expect(rtmpUrl.safeParse(url).success).toBe(false);
  });
});
