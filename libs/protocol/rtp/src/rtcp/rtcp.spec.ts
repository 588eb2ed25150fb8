import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtcpParseError, buildRtcp, parseRtcp } from '../index.ts';
import type { BuildableRtcp, ReportBlock } from '../index.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const BLOCK: ReportBlock = {
  ssrc: 0x11111111,
  fractionLost: 64,
  cumulativeLost: -1,
  highestSequence: 0x0001_fffe,
  jitter: 42,
  lastSr: 0x12345678,
  delaySinceLastSr: 0x0001_8000,
};
const BLOCK_BYTES = '11111111 40ffffff 0001fffe 0000002a 12345678 00018000';

const PAIRS: { name: string; value: BuildableRtcp[]; bytes: Uint8Array }[] = [
  {
    name: 'an empty receiver report',
    value: [{ type: 'RR', ssrc: 0xa0b0c0d0, reports: [] }],
    bytes: hex('80c90001 a0b0c0d0'),
  },
  {
    name: 'a receiver report with one block and a canonical name',
    value: [
      { type: 'RR', ssrc: 1, reports: [BLOCK] },
      { type: 'SDES', chunks: [{ ssrc: 1, items: [{ type: 1, text: 'ab@c' }] }] },
    ],
    bytes: hex(`81c90007 00000001 ${BLOCK_BYTES} 81ca0003 00000001 01046162 40630000`),
  },
  {
    name: 'a name that fills its word exactly still ends with zeros',
    value: [{ type: 'SDES', chunks: [{ ssrc: 1, items: [{ type: 1, text: 'ab' }] }] }],
    bytes: hex('81ca0003 00000001 01026162 00000000'),
  },
  {
    name: 'a sender report',
    value: [
      {
        type: 'SR',
        ssrc: 2,
        ntpSeconds: 0xe0000000,
        ntpFraction: 0x80000000,
        rtpTimestamp: 0xffffffff,
        packetCount: 3,
        octetCount: 480,
        reports: [],
      },
    ],
    bytes: hex('80c80006 00000002 e0000000 80000000 ffffffff 00000003 000001e0'),
  },
  {
    name: 'a goodbye with a reason',
    value: [{ type: 'BYE', ssrcs: [1, 2], reason: 'bye' }],
    bytes: hex('82cb0003 00000001 00000002 03627965'),
  },
  { name: 'a goodbye of nobody', value: [{ type: 'BYE', ssrcs: [] }], bytes: hex('80cb0000') },
];

const REFUSED = [
  { name: 'nothing', bytes: hex('') },
  { name: 'a cut header', bytes: hex('80c9') },
  { name: 'version 1', bytes: hex('40c90001 00000001') },
  { name: 'an RTP packet', bytes: hex('80000001 000000a0 01020304') },
  { name: 'a length past the end', bytes: hex('80c90002 00000001') },
  { name: 'more report blocks than bytes', bytes: hex('9fc90001 00000001') },
  { name: 'a name longer than the packet', bytes: hex('81ca0002 00000001 01ff6162') },
  { name: 'a chunk without an end', bytes: hex('81ca0002 00000001 01026162') },
  { name: 'padding before the last packet', bytes: hex('a0c90002 00000001 00000004 80cb0000') },
  { name: 'padding that is no whole word', bytes: hex('a0c90002 00000001 00000003') },
  { name: 'padding longer than the packet', bytes: hex('a0c90002 00000001 00000010') },
  { name: 'a flood of empty packets', bytes: hex('80cb0000'.repeat(33)) },
];

describe('an RTCP compound', () => {
  it.each(PAIRS)('builds and parses: $name', ({ value, bytes }) => {
    expect(buildRtcp(value)).toEqual(bytes);
    expect(parseRtcp(bytes)).toEqual(value);
  });

  it.each(REFUSED)('is not made of $name', ({ bytes }) => {
    expect(() => parseRtcp(bytes)).toThrow(RtcpParseError);
  });

  it('skips what it does not know and takes the padding of the last packet', () => {
    const packets = parseRtcp(hex('81cd0002 00000001 00000002 a0c90002 00000001 00000004'));

    expect(packets).toEqual([
      { type: 'other', packetType: 205 },
      { type: 'RR', ssrc: 1, reports: [] },
    ]);
  });

  it('gives back whatever was put in', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    const reports = fc.array(
      fc.record({
        ssrc: u32,
        fractionLost: fc.integer({ min: 0, max: 255 }),
        cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
        highestSequence: u32,
        jitter: u32,
        lastSr: u32,
        delaySinceLastSr: u32,
      }),
      { maxLength: 4 },
    );
    const items = fc.array(
      fc.record({ type: fc.integer({ min: 1, max: 8 }), text: fc.string({ maxLength: 40 }) }),
      { maxLength: 3 },
    );
    const packet: fc.Arbitrary<BuildableRtcp> = fc.oneof(
      fc.record({ type: fc.constant('RR' as const), ssrc: u32, reports }),
      fc.record({
        type: fc.constant('SR' as const),
        ssrc: u32,
        ntpSeconds: u32,
        ntpFraction: u32,
        rtpTimestamp: u32,
        packetCount: u32,
        octetCount: u32,
        reports,
      }),
      fc.record({
        type: fc.constant('SDES' as const),
        chunks: fc.array(fc.record({ ssrc: u32, items }), { maxLength: 3 }),
      }),
      fc.record({
        type: fc.constant('BYE' as const),
        ssrcs: fc.array(u32, { maxLength: 3 }),
        reason: fc.string({ maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 5 }), (value) => {
        expect(parseRtcp(buildRtcp(value))).toEqual(value);
      }),
    );
  });

  it('throws nothing but its own error, whatever comes', () => {
    const compound = fc.array(
      fc.tuple(
        fc.integer({ min: 192, max: 223 }),
        fc.integer({ min: 0, max: 63 }),
        fc.uint8Array({ maxLength: 40 }),
      ),
      { minLength: 1, maxLength: 4 },
    );
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      compound.map((packets) =>
        Uint8Array.from(
          packets.flatMap(([type, bits, body]) => [
            0x80 | bits,
            type,
            0,
            body.length >> 2,
            ...body,
          ]),
        ),
      ),
    );
    fc.assert(
      fc.property(datagram, (bytes) => {
        try {
          parseRtcp(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RtcpParseError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
