import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtmpUrl, RtmpUrlError } from '../index.ts';

interface Row {
  readonly url: string;
  readonly streamKey?: string;
  readonly host: string;
  readonly port: number;
  readonly app: string;
  readonly key: string;
  readonly tcUrl: string;
  readonly secure?: boolean;
}

const ROWS: readonly Row[] = [
  {
    url: 'rtmp://my_wowza_server.com:1935/live',
    streamKey: 'streamName',
    host: 'my_wowza_server.com',
    port: 1935,
    app: 'live',
    key: 'streamName',
    tcUrl: 'rtmp://my_wowza_server.com:1935/live',
  },
  {
    url: 'rtmp://example.com/live/key?sign=a/b%20c&x=1',
    host: 'example.com',
    port: 1935,
    app: 'live',
    key: 'key?sign=a/b%20c&x=1',
    tcUrl: 'rtmp://example.com/live',
  },
  {
    url: 'rtmp://example.com:1936/app/instance/key?query',
    host: 'example.com',
    port: 1936,
    app: 'app/instance',
    key: 'key?query',
    tcUrl: 'rtmp://example.com:1936/app/instance',
  },
  {
    url: 'rtmp://example.com/app/instance/key/with/slashes',
    host: 'example.com',
    port: 1935,
    app: 'app/instance',
    key: 'key/with/slashes',
    tcUrl: 'rtmp://example.com/app/instance',
  },
  {
    url: 'rtmps://b.rtmps.youtube.com:443/live2?backup=1',
    streamKey: 'abcd-efgh',
    host: 'b.rtmps.youtube.com',
    port: 443,
    app: 'live2?backup=1',
    key: 'abcd-efgh',
    tcUrl: 'rtmps://b.rtmps.youtube.com:443/live2?backup=1',
    secure: true,
  },
  {
    url: 'rtmp://b.rtmp.youtube.com/live2?backup=1/abcd-efgh',
    host: 'b.rtmp.youtube.com',
    port: 1935,
    app: 'live2?backup=1',
    key: 'abcd-efgh',
    tcUrl: 'rtmp://b.rtmp.youtube.com/live2?backup=1',
  },
  {
    url: 'rtmps://rtmp-api.facebook.com/rtmp/',
    streamKey: 'FB-1-0?s_bl=1&a=%2F/x',
    host: 'rtmp-api.facebook.com',
    port: 443,
    app: 'rtmp',
    key: 'FB-1-0?s_bl=1&a=%2F/x',
    tcUrl: 'rtmps://rtmp-api.facebook.com/rtmp',
    secure: true,
  },
  {
    url: 'RTMP://[2001:db8::1]:1999/live',
    streamKey: 'k',
    host: '2001:db8::1',
    port: 1999,
    app: 'live',
    key: 'k',
    tcUrl: 'rtmp://[2001:db8::1]:1999/live',
  },
  {
    url: 'rtmp://[::ffff:127.0.0.1]/live/k',
    host: '::ffff:127.0.0.1',
    port: 1935,
    app: 'live',
    key: 'k',
    tcUrl: 'rtmp://[::ffff:127.0.0.1]/live',
  },
  {
    url: 'rtmp://example.com//live/k#1',
    host: 'example.com',
    port: 1935,
    app: 'live',
    key: 'k#1',
    tcUrl: 'rtmp://example.com/live',
  },
  {
    url: 'rtmp://example.com/live//k/more',
    host: 'example.com',
    port: 1935,
    app: 'live',
    key: 'k/more',
    tcUrl: 'rtmp://example.com/live',
  },
  {
    url: 'rtmp://example.com/app/instance/',
    streamKey: 'k',
    host: 'example.com',
    port: 1935,
    app: 'app/instance',
    key: 'k',
    tcUrl: 'rtmp://example.com/app/instance',
  },
];

describe('parseRtmpUrl', () => {
  it.each(ROWS)('reads $url', ({ url, streamKey, key, secure = false, ...rest }) => {
    const { streamKey: secret, ...target } = parseRtmpUrl(url, streamKey);

    expect(target).toEqual({ ...rest, secure });
    expect(secret.reveal()).toBe(key);
  });

  it('takes credentials out of the URL and decodes them', () => {
    const target = parseRtmpUrl('rtmp://us%40er:p%3Ass:w@example.com/live/key');

    expect(target.host).toBe('example.com');
    expect(target.tcUrl).toBe('rtmp://example.com/live');
    expect(target.credentials?.user).toBe('us@er');
    expect(target.credentials?.password.reveal()).toBe('p:ss:w');
  });

  it('prints neither key nor password', () => {
    const printed = JSON.stringify(parseRtmpUrl('rtmp://user:hunter22@example.com/live/topsecret'));

    expect(printed).not.toContain('hunter22');
    expect(printed).not.toContain('topsecret');
  });

  const REFUSED: readonly { url: string; streamKey?: string; reason: string }[] = [
    { url: '', reason: 'must start with rtmp' },
    { url: 'http://example.com/live/k', reason: 'must start with rtmp' },
    { url: 'file:///etc/passwd', reason: 'must start with rtmp' },
    { url: 'rtmp:example.com/live/k', reason: 'must start with rtmp' },
    { url: 'rtmpt://example.com/live/k', reason: 'must start with rtmp' },
    { url: 'rtmp://example.com/app live=1 conn=S:x', reason: 'white space' },
    { url: 'rtmp://example.com/live/a\r\nb', reason: 'white space' },
    { url: 'rtmp://example.com/live/a\u0000b', reason: 'white space' },
    { url: 'rtmp://example.com/live', reason: 'no stream key' },
    { url: 'rtmp://example.com/live/', reason: 'no stream key' },
    { url: 'rtmp://example.com/live', streamKey: '', reason: 'no stream key' },
    { url: 'rtmp://example.com/live', streamKey: 'a b', reason: 'white space' },
    { url: 'rtmp://example.com/live', streamKey: 'k'.repeat(2049), reason: 'longer than 2048' },
    { url: 'rtmp://example.com', streamKey: 'k', reason: 'no application' },
    { url: 'rtmp://example.com/', streamKey: 'k', reason: 'no application' },
    { url: 'rtmp://example.com?a=b', streamKey: 'k', reason: 'no application' },
    { url: 'rtmp:///live/k', reason: 'no valid host' },
    { url: 'rtmp://user@/live/k', reason: 'no valid host' },
    { url: 'rtmp://exa$mple.com/live/k', reason: 'no valid host' },
    { url: `rtmp://${'h'.repeat(254)}/live/k`, reason: 'no valid host' },
    { url: 'rtmp://::1/live/k', reason: 'no valid host' },
    { url: 'rtmp://example.com:0/live/k', reason: 'port outside' },
    { url: 'rtmp://example.com:65536/live/k', reason: 'port outside' },
    { url: 'rtmp://example.com:/live/k', reason: 'no valid host' },
    { url: 'rtmp://us%er:x@example.com/live/k', reason: 'wrong percent sign' },
    { url: `rtmp://example.com/live/${'k'.repeat(2048)}`, reason: 'longer than 2048' },
  ];

  it.each(REFUSED)('refuses "$url" with the key "$streamKey"', ({ url, streamKey, reason }) => {
    expect(() => parseRtmpUrl(url, streamKey)).toThrow(RtmpUrlError);
    expect(() => parseRtmpUrl(url, streamKey)).toThrow(reason);
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
  const query = fc.stringMatching(/^(\?[a-z]=[a-z0-9%/]{0,5})?$/);
  const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const anyKey = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_/%=&?+.-]{0,20}$/);
  const place = fc.record({
    scheme: fc.constantFrom('rtmp', 'rtmps'),
    host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    app: fc.oneof(
      name,
      fc.tuple(name, name).map(([app, instance]) => `${app}/${instance}`),
    ),
    query,
    login: fc.option(fc.record({ user: secret, password: secret }), { nil: undefined }),
    key: anyKey,
  });
  const written = (parts: {
    readonly scheme: string;
    readonly host: string;
    readonly port: number | undefined;
  }): string => {
    const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
    return `${parts.scheme}://${host}${parts.port === undefined ? '' : `:${parts.port}`}`;
  };

  it('what was put together is taken apart, the key in a field of its own', () => {
    fc.assert(
      fc.property(place, ({ key, ...parts }) => {
        const { scheme, host, port, app, login } = parts;
        const user =
          login && `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
        const tcUrl = `${written(parts)}/${app}${parts.query}`;

        const target = parseRtmpUrl(
          tcUrl.replace('://', () => `://${user ?? ''}`),
          key,
        );

        expect(target).toMatchObject({ host, app: `${app}${parts.query}`, tcUrl });
        expect(target.port).toBe(port ?? (scheme === 'rtmps' ? 443 : 1935));
        expect(target.streamKey.reveal()).toBe(key);
        expect(target.credentials?.user).toBe(login?.user);
        expect(target.credentials?.password.reveal()).toBe(login?.password);
      }),
    );
  });

  it('what was put together is taken apart, the key behind application and instance', () => {
    fc.assert(
      fc.property(place, name, ({ key, ...parts }, instance) => {
        const app = `${parts.app.split('/')[0] ?? ''}/${instance}`;

        const target = parseRtmpUrl(`${written(parts)}/${app}/${key}`);

        expect(target).toMatchObject({ app, tcUrl: `${written(parts)}/${app}` });
        expect(target.streamKey.reveal()).toBe(key);
      }),
    );
  });

  it('any text gives a target or an RtmpUrlError that repeats no secret', () => {
    const text = fc.string({ unit: 'grapheme-composite', maxLength: 30 });
    fc.assert(
      fc.property(text, text, (authority, path) => {
        try {
          parseRtmpUrl(`rtmp://user:hunter22@${authority}/live/topsecret${path}`);
        } catch (error) {
          expect(error).toBeInstanceOf(RtmpUrlError);
          expect(String(error)).not.toMatch(/hunter22|topsecret/);
        }
      }),
    );
  });
});
