import { describe, expect, it } from 'vitest';
import { SseParser } from './sse-parser.ts';

const STREAM =
  'retry: 1000\nid: 1-0\n\n: heartbeat\n\nid: 1-1\nevent: call.up\ndata: {"a":\ndata:1}\n\nevent: call.stats\ndata: {}\n\nid: 1-2\r\nevent:x\r\ndata: ä\r\n\r\n';
const MESSAGES = [
  { id: '1-0', type: 'message', data: '' },
  { id: '1-1', type: 'call.up', data: '{"a":\n1}' },
  { id: undefined, type: 'call.stats', data: '{}' },
  { id: '1-2', type: 'x', data: 'ä' },
];

describe('the reader of event streams', () => {
  it('finds the same in pieces of every size', () => {
    const sizes = Array.from({ length: STREAM.length }, (_, index) => index + 1);

    const found = sizes.map((size) => {
      const parser = new SseParser();
      const pieces = STREAM.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      return { messages: pieces.flatMap((piece) => parser.take(piece)), retryMs: parser.retryMs };
    });

    expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ messages: MESSAGES, retryMs: 1000 })]),
    );
  });

  it('keeps back what is not complete, and ids that hold a zero', () => {
    const parser = new SseParser();

    expect(parser.take('id: 1\0\ndata: a\n\nid: 2\ndata: b\n')).toEqual([
      { id: undefined, type: 'message', data: 'a' },
    ]);
  });

  it('does not keep an event without an end', () => {
    const parser = new SseParser();
    const take = (): void => {
      for (let count = 0; count < 5; count += 1) parser.take('x'.repeat(1024 * 1024));
    };

    expect(take).toThrow(RangeError);
  });
});
