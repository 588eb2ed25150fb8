import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DrachtioProtocolError } from './drachtio-protocol-error.ts';
import { buildFrame, FrameDecoder, MAX_FRAME_BYTES } from './frame.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const PAIRS = [
  { name: 'a ping', value: 'a1|ping', bytes: '7#a1|ping' },
  { name: 'bytes, not characters', value: 'ü😀', bytes: '6#ü😀' },
  { name: 'separators inside', value: '1#2#\r\n|', bytes: '7#1#2#\r\n|' },
];

describe('frame', () => {
  it.each(PAIRS)('reads and writes $name', ({ value, bytes }) => {
    expect(decode(buildFrame(encode(value)))).toBe(bytes);
    expect(new FrameDecoder().push(encode(bytes)).map(decode)).toEqual([value]);
  });

  it('finds the payloads of a stream that is split anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (payloads, cuts) => {
          const stream = Buffer.concat(payloads.map(buildFrame));
          const inner = cuts.map((cut) => cut % stream.length).sort((a, b) => a - b);
          const edges = [0, ...inner, stream.length];
          const decoder = new FrameDecoder();

          const found = edges.flatMap((edge, index) =>
            decoder.push(stream.subarray(edge, edges[index + 1])),
          );

          expect(found.map((one) => [...one])).toEqual(payloads.map((one) => [...one]));
        },
      ),
    );
  });

  it('a payload is a copy that outlives the chunk', () => {
    const chunk = Buffer.from('3#abc');
    const [payload] = new FrameDecoder().push(chunk);
    chunk.fill(0);

    expect(decode(payload ?? new Uint8Array(0))).toBe('abc');
  });

  it.each([
    ['#abc', 'frameLength'],
    ['0#', 'frameLength'],
    ['03#abc', 'frameLength'],
    ['-3#abc', 'frameLength'],
    ['3 #abc', 'frameLength'],
    ['abc', 'frameLength'],
    ['1e3#', 'frameLength'],
    ['GET / HTTP/1.1\r\n', 'frameLength'],
    ['262145#', 'frameTooLong'],
    ['9999999', 'frameTooLong'],
    ['1234567', 'frameTooLong'],
  ])('gives the stream up at %j', (text, reason) => {
    const decoder = new FrameDecoder();
    const lost: unknown = expect.objectContaining({ name: 'DrachtioProtocolError', reason });

    expect(() => decoder.push(encode(text))).toThrow(lost);
    expect(() => decoder.push(encode('3#abc'))).toThrow(lost);
  });

  it('waits while the length is not complete', () => {
    const decoder = new FrameDecoder();

    expect(decoder.push(encode('2621'))).toEqual([]);
    expect(decoder.push(encode('44#'))).toEqual([]);
    expect(decoder.push(new Uint8Array(262_144)).map(({ length }) => length)).toEqual([262_144]);
  });

  it('returns what was whole before the stream was lost, and throws next time', () => {
    const decoder = new FrameDecoder();

    expect(decoder.push(encode('3#abcx')).map(decode)).toEqual(['abc']);
    expect(() => decoder.push(new Uint8Array(0))).toThrow(DrachtioProtocolError);
  });

  it('does not write what it would not read', () => {
    expect(() => buildFrame(new Uint8Array(MAX_FRAME_BYTES + 1))).toThrow(DrachtioProtocolError);
    expect(buildFrame(new Uint8Array(MAX_FRAME_BYTES))).toHaveLength(MAX_FRAME_BYTES + 7);
  });

  it('no bytes make it throw anything but its own error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constant(encode('3#abc'))), {
          maxLength: 8,
        }),
        (chunks) => {
          const decoder = new FrameDecoder();
          try {
            for (const chunk of chunks) decoder.push(chunk);
          } catch (error) {
            expect(error).toBeInstanceOf(DrachtioProtocolError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
