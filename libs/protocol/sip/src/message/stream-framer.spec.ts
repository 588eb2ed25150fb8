import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, bodyText, type SipMessage } from './message.ts';
import { SipParseError } from './sip-parse-error.ts';
import { SipStreamFramer } from './stream-framer.ts';

function message(callId: string, body = '', length = String(bodyOf(body).length)): Uint8Array {
  return bodyOf(
    [
      'OPTIONS sip:b@example.com SIP/2.0',
      'Via: SIP/2.0/TCP a.example.com;branch=z9hG4bK1',
      'From: <sip:a@example.com>;tag=1',
      'To: <sip:b@example.com>',
      `Call-ID: ${callId}`,
      'CSeq: 1 OPTIONS',
      `l: ${length}`,
      '',
      body,
    ].join('\r\n'),
  );
}

function seen(messages: readonly SipMessage[]): string[] {
  return messages.map((one) => `${one.headers.get('Call-ID') ?? ''} ${bodyText(one)}`);
}

const BROKEN_INSIDE = bodyOf('OPTIONS sip:b@c SIP/2.0\r\nContent-Length: 4\r\n\r\nbody');

describe('SipStreamFramer', () => {
  it('finds messages and pings in a stream that is split anywhere', () => {
    const stream = Buffer.concat([
      message('one', 'body\r\n\r\nwith ü'),
      bodyOf('\r\n\r\n'),
      message('two'),
      bodyOf('\r\n'),
      message('three', 'x'.repeat(500)),
      bodyOf('\r\n\r\n\r\n\r\n'),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 12 }), (cuts) => {
        const framer = new SipStreamFramer();
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const messages = edges.flatMap((edge, index) =>
          framer.push(stream.subarray(edge, edges[index + 1])),
        );

        expect(seen(messages)).toEqual([
          'one body\r\n\r\nwith ü',
          'two ',
          `three ${'x'.repeat(500)}`,
        ]);
        expect(framer.takePings()).toBe(3);
        expect(framer.takePings()).toBe(0);
      }),
    );
  });

  it('works byte by byte', () => {
    const framer = new SipStreamFramer();
    const stream = Buffer.concat([bodyOf('\r\n\r\n'), message('one', 'abc'), message('two')]);

    const messages = [...stream].flatMap((byte) => framer.push(Uint8Array.of(byte)));

    expect(seen(messages)).toEqual(['one abc', 'two ']);
    expect(framer.takePings()).toBe(1);
  });

  it('passes over a message that is framed well but broken inside', () => {
    const framer = new SipStreamFramer();

    const messages = framer.push(Buffer.concat([message('one'), BROKEN_INSIDE, message('two')]));

    expect(seen(messages)).toEqual(['one ', 'two ']);
    expect(framer.rejectedCount).toBe(1);
    expect(framer.lastRejection).toMatchObject({ reason: 'missingHeader' });
  });

  it.each([
    ['no Content-Length', bodyOf('OPTIONS sip:b@c SIP/2.0\r\nVia: x\r\n\r\n'), 'contentLength'],
    ['a negative length', message('x', '', '-5'), 'contentLength'],
    ['a length beyond the limit', message('x', '', '262144'), 'tooLong'],
    ['another protocol', bodyOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 'contentLength'],
    ['bytes of another kind', Buffer.from([10, 1, 2, 3]), 'lineEnd'],
    ['a lone CR', bodyOf('\rOPTIONS'), 'lineEnd'],
    ['a line without colon', bodyOf('OPTIONS sip:b@c SIP/2.0\r\nwhat\r\n\r\n'), 'headerLine'],
  ])('gives the stream up at %s', (_name, bytes, reason) => {
    const framer = new SipStreamFramer();
    const lost: unknown = expect.objectContaining({ name: 'SipParseError', reason });

    expect(() => framer.push(bytes)).toThrow(lost);
    expect(() => framer.push(message('late'))).toThrow(lost);
  });

  it('gives up a head that never ends, without keeping more than its limit', () => {
    const framer = new SipStreamFramer();
    const chunk = bodyOf(`X: ${'y'.repeat(1_000)}\r\n`);
    let pushed = 0;

    expect(() => {
      for (; pushed < 200_000; pushed += chunk.length) framer.push(chunk);
    }).toThrow(SipParseError);
    expect(pushed).toBeLessThan(70_000);
  });

  it('takes a message of 256 KiB and not a byte more', () => {
    const room = 262_144 - message('one', '', '200000').length;
    const largest = message('one', 'x'.repeat(room));

    expect(largest).toHaveLength(262_144);
    expect(new SipStreamFramer().push(largest)).toHaveLength(1);
    expect(() => new SipStreamFramer().push(message('one', 'x'.repeat(room + 1)))).toThrow(
      SipParseError,
    );
  });

  it('returns what was whole before the stream was lost, and throws next time', () => {
    const framer = new SipStreamFramer();

    expect(seen(framer.push(Buffer.concat([message('one'), bodyOf('\n')])))).toEqual(['one ']);
    expect(() => framer.push(new Uint8Array(0))).toThrow(SipParseError);
  });

  it('no bytes make it throw anything but its own error', () => {
    const good = message('one', 'abc');
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(good),
      fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([at, byte]) => {
        const copy = good.slice();
        copy[at % copy.length] = byte;
        return copy;
      }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const framer = new SipStreamFramer();
        try {
          for (const bytes of pieces) framer.push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SipParseError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a pong', '\r\n', { awaitsPong: false, pings: 0 }],
    ['a ping of the peer that crosses ours', '\r\n\r\n', { awaitsPong: true, pings: 1 }],
    ['both in one piece', '\r\n\r\n\r\n', { awaitsPong: false, pings: 1 }],
  ])('tells %s after a ping of ours', (_what, text, expected) => {
    const framer = new SipStreamFramer();

    framer.expectPong();
    framer.push(new TextEncoder().encode(text));

    expect({ awaitsPong: framer.awaitsPong, pings: framer.takePings() }).toEqual(expected);
  });

  it('takes no line end before a message for half a ping after a pong', () => {
    const framer = new SipStreamFramer();

    for (let round = 0; round < 3; round += 1) {
      framer.expectPong();
      framer.push(new TextEncoder().encode('\r\n'));
    }

    expect(framer.takePings()).toBe(0);
  });
});
