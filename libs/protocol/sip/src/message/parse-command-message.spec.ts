import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, bodyText } from './message.ts';
import { parseNameAddr } from './name-addr.ts';
import { parseCommandMessage } from './parse-command-message.ts';
import { SipParseError } from './sip-parse-error.ts';

const SKETCH =
  'INVITE sip:bob@172.29.0.13 SIP/2.0\r\nX-Foo: bar\r\nfrom: sip:alice@localhost\r\nContent-Length: 3\r\n\r\nv=0\r\nü';

describe('command message', () => {
  it('is read without the headers that the server adds, body to the end', () => {
    const message = parseCommandMessage(SKETCH);

    expect(message).toMatchObject({
      kind: 'request',
      method: 'INVITE',
      uri: 'sip:bob@172.29.0.13',
    });
    expect([...message.headers.entries()]).toEqual([
      ['X-Foo', 'bar'],
      ['from', 'sip:alice@localhost'],
    ]);
    expect(bodyText(message)).toBe('v=0\r\nü');
    expect(parseNameAddr(message.headers.get('From') ?? '').uri).toBe('sip:alice@localhost');
  });

  it('is the same from text and from bytes', () => {
    expect(bodyText(parseCommandMessage(bodyOf(SKETCH)))).toBe('v=0\r\nü');
  });

  it.each([
    ['a placeholder', 'BYE sip:placeholder SIP/2.0\r\nContent-Length: 0\r\n\r\n'],
    ['a URI that is none', 'INVITE sip: SIP/2.0\r\n\r\n'],
    ['no blank line', 'ACK sip:a SIP/2.0'],
    ['no blank line but a line end', 'ACK sip:a SIP/2.0\r\nX: y\r\n'],
  ])('takes %s', (_name, text) => {
    expect(parseCommandMessage(text)).toMatchObject({ kind: 'request', body: bodyOf('') });
  });

  it('is a response when it begins with the version', () => {
    expect(parseCommandMessage('SIP/2.0 603 Decline\r\nContent-Length: 0\r\n\r\n')).toMatchObject({
      kind: 'response',
      status: 603,
      reason: 'Decline',
    });
  });

  it.each([
    '',
    '\r\n\r\n',
    'INVITE',
    'INVITE sip:a b SIP/2.0\r\n\r\n',
    'INVITE sip:a SIP/2.0\r\nSubject: a\nX-Injected: b\r\n\r\n',
    'INVITE sip:a SIP/2.0\r\nno colon\r\n\r\n',
    'SIP/2.0 99 x\r\n\r\n',
    'x'.repeat(262_145),
  ])('refuses %j', (text) => {
    expect(() => parseCommandMessage(text)).toThrow(SipParseError);
  });

  it('no text makes it throw anything but its own error', () => {
    const near = fc.tuple(fc.nat({ max: SKETCH.length }), fc.string()).map(([at, noise]) => {
      return SKETCH.slice(0, at) + noise + SKETCH.slice(at);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          parseCommandMessage(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SipParseError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
