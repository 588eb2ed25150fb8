import { describe, expect, it } from 'vitest';
import { parseRtmpUrl } from '#protocol/rtmp';
import { keyInUrl } from './url-key.ts';

const URLS = [
  'rtmp://host/app/key',
  'rtmp://host:1936//app/key?sign=a/b&c=%2F',
  'rtmp://host/app/instance/key',
  'rtmp://host/app/instance/folder/key?x',
  'rtmps://user:word@host/app?backup=1/key',
  'rtmp://[::1]:1935/app/_definst_/key%20with/slash',
];

describe('the key in a URL', () => {
  it.each(URLS)('is what the publisher takes for it: %s', (url) => {
    const { app, streamKey } = parseRtmpUrl(url);
    const found = keyInUrl(url);

    expect(found?.streamKey).toBe(streamKey.reveal());
    expect(parseRtmpUrl(found?.url ?? '', 'other').app).toBe(app);
  });

  it.each(['rtmp://host/app', 'rtmp://host/app/', 'rtmp://host/app?a=b', 'rtmp://host'])(
    'is missed in %s',
    (url) => {
      expect(keyInUrl(url)).toBeUndefined();
    },
  );
});
