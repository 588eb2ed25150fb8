import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtmpProtocolError } from '../rtmp-errors.ts';
import { ChunkReader } from './chunk-reader.ts';
import type { ChunkReaderLimits } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { RtmpMessage } from './rtmp-message.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function message(fields: Partial<RtmpMessage> & { readonly body?: string }): RtmpMessage {
  const { body = '', ...rest } = fields;
  return {
    chunkStreamId: 4,
    typeId: 8,
    messageStreamId: 1,
    timestampMs: 0,
    payload: hex(body),
    ...rest,
  };
}

function readAll(pieces: readonly Uint8Array[], limits?: ChunkReaderLimits): RtmpMessage[] {
  const reader = new ChunkReader(limits);
  const messages: RtmpMessage[] = [];
  for (const piece of pieces) reader.push(piece, (one) => messages.push(one));
  return messages;
}

const readHex = (bytes: string, limits?: ChunkReaderLimits): RtmpMessage[] =>
  readAll([hex(bytes)], limits);

interface Pair {
  readonly name: string;
  readonly messages: readonly RtmpMessage[];
  readonly bytes: string;
}

const LONG = 'ab'.repeat(128);

const PAIRS: readonly Pair[] = [
  {
    name: 'the first message of a chunk stream with type 0',
    messages: [message({ body: 'af01', timestampMs: 5 })],
    bytes: '04 000005 000002 08 01000000 af01',
  },
  {
    name: 'an empty message',
    messages: [message({})],
    bytes: '04 000000 000000 08 01000000',
  },
  {
    name: 'a message stream id, little-endian',
    messages: [message({ body: 'aa', messageStreamId: 0x01020304 })],
    bytes: '04 000000 000001 08 04030201 aa',
  },
  {
    name: 'another length with type 1, the same shape with type 2, the same step with type 3',
    messages: [
      message({ body: 'aa', timestampMs: 0 }),
      message({ body: 'bbbb', timestampMs: 23 }),
      message({ body: 'cccc', timestampMs: 47 }),
      message({ body: 'dddd', timestampMs: 71 }),
    ],
    bytes: '04 000000 000001 08 01000000 aa  44 000017 000002 08 bbbb  84 000018 cccc  c4 dddd',
  },
  {
    name: 'no type 3 directly behind type 0',
    messages: [
      message({ body: 'aa', timestampMs: 20 }),
      message({ body: 'bb', timestampMs: 20 }),
      message({ body: 'cc', timestampMs: 20 }),
    ],
    bytes: '04 000014 000001 08 01000000 aa  84 000000 bb  c4 cc',
  },
  {
    name: 'time that goes back with type 0',
    messages: [message({ body: 'aa', timestampMs: 50 }), message({ body: 'bb', timestampMs: 10 })],
    bytes: '04 000032 000001 08 01000000 aa  04 00000a 000001 08 01000000 bb',
  },
  {
    name: 'another message stream with type 0',
    messages: [message({ body: 'aa' }), message({ body: 'bb', messageStreamId: 2 })],
    bytes: '04 000000 000001 08 01000000 aa  04 000000 000001 08 02000000 bb',
  },
  {
    name: 'a message of exactly one chunk',
    messages: [message({ body: LONG })],
    bytes: `04 000000 000080 08 01000000 ${LONG}`,
  },
  {
    name: 'a longer message cut into chunks',
    messages: [message({ body: `${LONG}${LONG}cd` })],
    bytes: `04 000000 000101 08 01000000 ${LONG} c4 ${LONG} c4 cd`,
  },
  {
    name: 'the last timestamp of 24 bits',
    messages: [message({ body: 'aa', timestampMs: 0xfffffe })],
    bytes: '04 fffffe 000001 08 01000000 aa',
  },
  {
    name: 'a timestamp of 0xFFFFFF in the extended field',
    messages: [message({ body: 'aa', timestampMs: 0xffffff })],
    bytes: '04 ffffff 000001 08 01000000 00ffffff aa',
  },
  {
    name: 'an extended timestamp, repeated in type 3 chunks',
    messages: [message({ body: `${LONG}cd`, timestampMs: 0x89abcdef })],
    bytes: `04 ffffff 000081 08 01000000 89abcdef ${LONG} c4 89abcdef cd`,
  },
  {
    name: 'small steps behind an extended timestamp without the field',
    messages: [
      message({ body: 'aa', timestampMs: 0x1000000 }),
      message({ body: `${LONG}cd`, timestampMs: 0x1000017 }),
    ],
    bytes: `04 ffffff 000001 08 01000000 01000000 aa  44 000017 000081 08 ${LONG} c4 cd`,
  },
  {
    name: 'a step too long for 24 bits with type 0',
    messages: [
      message({ body: 'aa', timestampMs: 1 }),
      message({ body: 'bb', timestampMs: 0x1000000 }),
    ],
    bytes: '04 000001 000001 08 01000000 aa  04 ffffff 000001 08 01000000 01000000 bb',
  },
  {
    name: 'two chunk streams, each with its own memory',
    messages: [
      message({ body: 'aa', timestampMs: 10 }),
      message({ body: 'bb', timestampMs: 10, chunkStreamId: 6, typeId: 9 }),
      message({ body: 'cc', timestampMs: 30 }),
    ],
    bytes: '04 00000a 000001 08 01000000 aa  06 00000a 000001 09 01000000 bb  84 000014 cc',
  },
];

describe('chunk pairs', () => {
  it.each(PAIRS)('writes $name', ({ messages, bytes }) => {
    const writer = new ChunkWriter();

    const written = Buffer.concat(messages.map((one) => writer.write(one)));

    expect(toHex(written)).toBe(toHex(hex(bytes)));
  });

  it.each(PAIRS)('reads $name', ({ messages, bytes }) => {
    expect(readHex(bytes)).toEqual(messages);
  });

  it.each(PAIRS)('reads $name byte by byte', ({ messages, bytes }) => {
    const pieces = Array.from(hex(bytes), (byte) => Uint8Array.of(byte));

    expect(readAll(pieces)).toEqual(messages);
  });
});

describe('the chunk writer', () => {
  it('sends a timestamp past 2^32 modulo 2^32, starting the count again with type 0', () => {
    const writer = new ChunkWriter();
    writer.write(message({ body: 'aa', timestampMs: 2 ** 32 - 10 }));

    const across = writer.write(message({ body: 'bb', timestampMs: 2 ** 32 + 13 }));
    const behind = writer.write(message({ body: 'cc', timestampMs: 2 ** 32 + 36 }));

    expect(toHex(across)).toBe(toHex(hex('04 00000d 000001 08 01000000 bb')));
    expect(toHex(behind)).toBe(toHex(hex('84 000017 cc')));
  });

  it.each([0, 0x1000000])('does not take a chunk size of %i', (sizeBytes) => {
    expect(() => (new ChunkWriter().chunkSizeBytes = sizeBytes)).toThrow();
  });

  it.each([1, 64])('does not write to chunk stream %i', (chunkStreamId) => {
    expect(() => new ChunkWriter().write(message({ chunkStreamId }))).toThrow();
  });
});

describe('the chunk reader', () => {
  it.each([
    { name: '64, in two bytes', bytes: '00 00', chunkStreamId: 64 },
    { name: '319, in two bytes', bytes: '00 ff', chunkStreamId: 319 },
    { name: '64, in three bytes', bytes: '01 0000', chunkStreamId: 64 },
    { name: '65599, in three bytes', bytes: '01 ffff', chunkStreamId: 65_599 },
    { name: '321, little-endian', bytes: '01 0101', chunkStreamId: 321 },
  ])('understands chunk stream $name', ({ bytes, chunkStreamId }) => {
    const read = readHex(`${bytes} 000000 000001 08 01000000 aa`);

    expect(read).toEqual([message({ chunkStreamId, body: 'aa' })]);
  });

  it('keeps messages apart whose chunks are interleaved', () => {
    const read = readHex(
      `04 000000 000082 08 01000000 ${LONG}  06 000000 000081 09 01000000 ${LONG}  c4 0102  c6 03`,
    );

    expect(read).toEqual([
      message({ body: `${LONG}0102` }),
      message({ body: `${LONG}03`, chunkStreamId: 6, typeId: 9 }),
    ]);
  });

  it('reads an extended delta and its repeat', () => {
    const read = readHex(
      `04 000005 000001 08 01000000 aa  44 ffffff 000081 08 01000000 ${LONG} c4 01000000 cd`,
    );

    expect(read[1]).toEqual(message({ body: `${LONG}cd`, timestampMs: 0x1000005 }));
  });

  it.each([
    { name: 'repeated', chunks: `c4 89abcdef ${LONG} c4 89abcdef cd` },
    { name: 'not repeated', chunks: `c4 ${LONG} c4 cd` },
    { name: 'not repeated before a payload that begins like it', chunks: `c4 ${LONG} c4 89` },
  ])('takes an extended timestamp in type 3 chunks that is $name', ({ chunks }) => {
    const stamped = { timestampMs: 0x89abcdef };
    const bytes = `04 ffffff 000101 08 01000000 89abcdef ${LONG} ${chunks} 04 000000 000001 08 01000000 ee`;
    const last = chunks.slice(-2);

    for (const pieces of [[hex(bytes)], Array.from(hex(bytes), (byte) => Uint8Array.of(byte))]) {
      expect(readAll(pieces)).toEqual([
        message({ body: `${LONG}${LONG}${last}`, ...stamped }),
        message({ body: 'ee' }),
      ]);
    }
  });

  it('takes memory as the bytes of a message come, not as its header says', () => {
    const reader = new ChunkReader();
    const header = hex(`04 000000 020000 08 01000000 ${LONG}`);
    const before = process.memoryUsage().arrayBuffers;
    for (let turn = 0; turn < 16; turn += 1) {
      header[0] = 4 + turn;
      reader.push(header, () => undefined);
    }

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000);
  });

  it('adds the last step again for a type 3 chunk that starts a message', () => {
    const read = readHex('04 000064 000001 08 01000000 aa  84 000014 bb  c4 cc  c4 dd');

    expect(read.map((one) => one.timestampMs)).toEqual([100, 120, 140, 160]);
  });

  it('counts timestamps modulo 2^32', () => {
    const read = readHex('04 ffffff 000001 08 01000000 fffffff6 aa  84 000014 bb');

    expect(read.map((one) => one.timestampMs)).toEqual([0xfffffff6, 10]);
  });

  it('obeys Set Chunk Size from the next chunk on', () => {
    const read = readHex(
      '02 000000 000004 01 00000000 00000001  04 000000 000003 08 01000000 aa c4 bb c4 cc',
    );

    expect(read[1]).toEqual(message({ body: 'aabbcc' }));
  });

  it('takes a chunk size above 16 MiB for the longest message', () => {
    const read = readHex(
      `02 000000 000004 01 00000000 7fffffff  04 000000 000100 08 01000000 ${LONG}${LONG}`,
    );

    expect(read[1]).toEqual(message({ body: `${LONG}${LONG}` }));
  });

  it('forgets an aborted message and reads the next one', () => {
    const read = readHex(
      `04 000000 000081 08 01000000 ${LONG}  02 000000 000004 02 00000000 00000004` +
        `  c4 ${LONG}  c4 ee`,
    );

    expect(read.filter((one) => one.typeId === 8)).toEqual([message({ body: `${LONG}ee` })]);
  });

  it('gives up a message when a new header comes in its middle', () => {
    const read = readHex(`04 000000 000081 08 01000000 ${LONG}  04 000000 000001 08 01000000 ee`);

    expect(read).toEqual([message({ body: 'ee' })]);
  });

  it.each([
    { name: 'a chunk stream that starts with type 1', bytes: '44 000000 000001 08 aa' },
    { name: 'a chunk stream that starts with type 2', bytes: '84 000000' },
    { name: 'a chunk stream that starts with type 3', bytes: 'c4' },
    { name: 'a chunk size of 0', bytes: '02 000000 000004 01 00000000 00000000' },
    { name: 'a chunk size of 2^31', bytes: '02 000000 000004 01 00000000 80000000' },
    { name: 'a Set Chunk Size of 3 bytes', bytes: '02 000000 000003 01 00000000 000001' },
    { name: 'an Abort of 1 byte', bytes: '02 000000 000001 02 00000000 04' },
    { name: 'a message longer than the limit', bytes: '04 000000 020001 08 01000000' },
  ])('refuses $name', ({ bytes }) => {
    expect(() => readHex(bytes)).toThrow(RtmpProtocolError);
  });

  it('refuses one chunk stream more than the limit', () => {
    const limits = { maxChunkStreams: 2 };
    const two = '04 000000 000000 08 01000000  05 000000 000000 08 01000000';

    expect(readHex(two, limits)).toHaveLength(2);
    expect(() => readHex(`${two} 06 000000 000000 08 01000000`, limits)).toThrow(RtmpProtocolError);
  });
});

describe('chunk properties', () => {
  const anyMessage = fc.record({
    chunkStreamId: fc.integer({ min: 2, max: 63 }),
    // Above the types that change the reader itself.
    typeId: fc.integer({ min: 8, max: 255 }),
    messageStreamId: fc.oneof(fc.nat(2), fc.nat(0xffffffff)),
    timestampMs: fc.oneof(
      fc.nat(100),
      fc.integer({ min: 0xfffff0, max: 0x1000010 }),
      fc.integer({ min: 0xfffffff0, max: 0xffffffff }),
    ),
    payload: fc.uint8Array({ maxLength: 400 }),
  });
  const conversation = fc.record({
    messages: fc.array(anyMessage, { maxLength: 12 }),
    chunkSizeBytes: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 500 })),
    cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
  });

  it('what is written is read back, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(conversation, ({ messages, chunkSizeBytes, cuts }) => {
        const announcement = { chunkStreamId: 2, typeId: 1, messageStreamId: 0, timestampMs: 0 };
        const payload = hex(chunkSizeBytes.toString(16).padStart(8, '0'));
        const writer = new ChunkWriter();
        const parts: Uint8Array[] = [writer.write({ ...announcement, payload })];
        writer.chunkSizeBytes = chunkSizeBytes;
        for (const one of messages) parts.push(writer.write(one));

        const read = readAll(cutUp(Buffer.concat(parts), cuts), { maxChunkStreams: 64 });

        expect(read.slice(1)).toEqual(messages);
      }),
      { numRuns: 500 },
    );
  });

  it('any bytes give messages or an RtmpProtocolError, the same for every cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (bytes, cuts) => {
          expect(outcome(cutUp(bytes, cuts))).toEqual(outcome([bytes]));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function cutUp(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function outcome(pieces: readonly Uint8Array[]): readonly unknown[] {
  const reader = new ChunkReader();
  const seen: unknown[] = [];
  try {
    for (const piece of pieces) reader.push(piece, (one) => seen.push(one));
  } catch (error) {
    expect(error).toBeInstanceOf(RtmpProtocolError);
    seen.push((error as Error).message);
  }
  return seen;
}
