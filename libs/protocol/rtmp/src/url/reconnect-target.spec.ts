import { describe, expect, it } from 'vitest';
import { RtmpUrlError } from '../rtmp-errors.ts';
import { parseRtmpUrl } from './parse-rtmp-url.ts';
import { reconnectTarget } from './reconnect-target.ts';

const OURS = parseRtmpUrl('rtmps://studio:s3cret@one.example:8443/live', 'key?sign=1');

describe('where a request to reconnect leads', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'rtmps://one.example:8443/live'],
    ['', 'rtmps://one.example:8443/live'],
    ['rtmps://two.example/other', 'rtmps://two.example/other'],
    ['//two.example/other', 'rtmps://two.example/other'],
    ['/other/instance', 'rtmps://one.example:8443/other/instance'],
    ['other', 'rtmps://one.example:8443/other'],
  ])('%s', (tcUrl, expected) => {
    const target = reconnectTarget(OURS, tcUrl);

    expect(target.tcUrl).toBe(expected);
    expect(target.streamKey.reveal()).toBe('key?sign=1');
    expect(target.credentials).toEqual(OURS.credentials);
    expect(target.secure).toBe(true);
  });

  it.each(['rtmp://two.example/live', 'http://two.example/live', 'rtmps://', 'rtmps://a@b/live'])(
    'is not %s',
    (tcUrl) => {
      expect(() => reconnectTarget(OURS, tcUrl)).toThrow(RtmpUrlError);
    },
  );
});
