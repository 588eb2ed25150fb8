import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtmpUrl, reconnectUrl, RtmpUrlError } from '../index.ts';

const OURS = 'rtmps://one.example:8443/live/room';

describe('where a request to reconnect leads', () => {
  it.each<[string | undefined, string]>([
    [undefined, OURS],
    ['', OURS],
    ['rtmps://two.example/other', 'rtmps://two.example/other'],
    ['rtmps://[2001:db8::1]:444/other?a=b', 'rtmps://[2001:db8::1]:444/other?a=b'],
    ['//two.example/other', 'rtmps://two.example/other'],
    ['/other/instance', 'rtmps://one.example:8443/other/instance'],
    ['hall', 'rtmps://one.example:8443/live/hall'],
    ['../other', 'rtmps://one.example:8443/other'],
    ['?a=b', 'rtmps://one.example:8443/live/room?a=b'],
  ])('%s', (asked, expected) => {
    expect(reconnectUrl(OURS, asked)).toBe(expected);
  });

  it.each([
    ['rtmp://two.example/live', 'leave TLS'],
    ['http://two.example/live', 'must start with'],
    ['file:///etc/passwd', 'must start with'],
    ['rtmps://', 'no valid host'],
    ['rtmps://two.example', 'no application'],
    ['rtmps://two.example:99999/live', 'is no URL'],
    ['rtmps://anna:pw@two.example/live', 'names a user'],
    [`/${'x'.repeat(2048)}`, 'is no URL'],
  ])('is not %s', (asked, reason) => {
    expect(() => reconnectUrl(OURS, asked)).toThrow(RtmpUrlError);
    expect(() => reconnectUrl(OURS, asked)).toThrow(reason);
  });

  it('may lead into TLS', () => {
    expect(reconnectUrl('rtmp://one.example/live', 'rtmps://two.example/live')).toBe(
      'rtmps://two.example/live',
    );
  });

  it('any text gives the URL of a place or an RtmpUrlError', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.webUrl().map((url) => url.replace(/^https?/, 'rtmps')),
    );
    fc.assert(
      fc.property(text, (asked) => {
        try {
          expect(parseRtmpUrl(reconnectUrl(OURS, asked), 'key').secure).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(RtmpUrlError);
        }
      }),
    );
  });
});
