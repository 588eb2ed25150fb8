import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RTP_HEADER_SIZE, RtpPacket, buildRtpHeader, isRtcp, parseRtp } from '../index.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const payloadOf = (packet: RtpPacket) => [
  ...packet.bytes.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadLength),
];

const PAIRS = [
  {
    name: 'PCMU without extras',
    value: { payloadType: 0, marker: false, sequence: 1, timestamp: 160, ssrc: 0x01020304 },
    bytes: hex('8000 0001 000000a0 01020304'),
  },
  {
    name: 'marker and the largest of everything',
    value: {
      payloadType: 127,
      marker: true,
      sequence: 0xffff,
      timestamp: 0xffffffff,
      ssrc: 0xffffffff,
    },
    bytes: hex('80ff ffff ffffffff ffffffff'),
  },
];

const ACCEPTED = [
  { name: 'padding', bytes: hex('a000 0001 00000000 00000001 aabb 0002'), payload: [0xaa, 0xbb] },
  {
    name: 'two contributing sources',
    bytes: hex('8200 0001 00000000 00000001 00000002 00000003 cc'),
    payload: [0xcc],
  },
  {
    name: 'an extension of one word',
    bytes: hex('9000 0001 00000000 00000001 bede0001 11223344 dd'),
    payload: [0xdd],
  },
  { name: 'an empty payload', bytes: hex('8000 0001 00000000 00000001'), payload: [] },
  { name: 'nothing but padding', bytes: hex('a000 0001 00000000 00000001 00000004'), payload: [] },
];

const REFUSED = [
  { name: 'nothing', bytes: hex('') },
  { name: 'eleven bytes', bytes: hex('8000 0001 00000000 000000') },
  { name: 'version 1', bytes: hex('4000 0001 00000000 00000001') },
  { name: 'more padding than packet', bytes: hex('a000 0001 00000000 00000001 aabb 00ff') },
  { name: 'padding of nothing', bytes: hex('a000 0001 00000000 00000001 aabb 0000') },
  {
    name: 'fifteen contributing sources that are not there',
    bytes: hex('8f00 0001 00000000 00000001'),
  },
  {
    name: 'an extension longer than the packet',
    bytes: hex('9000 0001 00000000 00000001 bedeffff'),
  },
  { name: 'an extension without a header', bytes: hex('9000 0001 00000000 00000001 be') },
  { name: 'an RTCP sender report', bytes: hex('80c8 0006 00000001 00000000 00000000') },
];

describe('an RTP packet', () => {
  it.each(PAIRS)('builds and parses: $name', ({ value, bytes }) => {
    const built = new Uint8Array(RTP_HEADER_SIZE);
    const parsed = new RtpPacket();

    buildRtpHeader(value, built);

    expect(built).toEqual(bytes);
    expect(parseRtp(bytes, parsed)).toBe(true);
    expect(parsed).toMatchObject({ ...value, payloadOffset: 12, payloadLength: 0 });
  });

  it.each(ACCEPTED)('finds the payload behind $name', ({ bytes, payload }) => {
    const packet = new RtpPacket();

    expect(parseRtp(bytes, packet)).toBe(true);

    expect(payloadOf(packet)).toEqual(payload);
  });

  it.each(REFUSED)('is not made of $name', ({ bytes }) => {
    expect(parseRtp(bytes, new RtpPacket())).toBe(false);
  });

  it('gives back whatever header and payload were put in', () => {
    const header = fc.record({
      payloadType: fc.integer({ min: 0, max: 63 }),
      marker: fc.boolean(),
      sequence: fc.integer({ min: 0, max: 0xffff }),
      timestamp: fc.integer({ min: 0, max: 0xffffffff }),
      ssrc: fc.integer({ min: 0, max: 0xffffffff }),
    });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 400 }), (value, payload) => {
        const datagram = new Uint8Array(RTP_HEADER_SIZE + payload.length);
        datagram.set(payload, RTP_HEADER_SIZE);
        buildRtpHeader(value, datagram);
        const packet = new RtpPacket();

        expect(parseRtp(datagram, packet)).toBe(true);
        expect(packet).toMatchObject(value);
        expect(payloadOf(packet)).toEqual([...payload]);
      }),
    );
  });

  it('never reaches outside a hostile datagram', () => {
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ minLength: 12, maxLength: 80 }).map((bytes) => {
        bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
        return bytes;
      }),
    );
    fc.assert(
      fc.property(datagram, (bytes) => {
        const packet = new RtpPacket();
        if (!parseRtp(bytes, packet)) return;

        expect(packet.payloadLength).toBeGreaterThanOrEqual(0);
        expect(packet.payloadOffset + packet.payloadLength).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('is told from RTCP by its second byte', () => {
    expect(isRtcp(hex('80c9'))).toBe(true);
    expect(isRtcp(hex('8000'))).toBe(false);
    expect(isRtcp(hex('80e0'))).toBe(false);
    expect(isRtcp(hex('80'))).toBe(false);
  });
});
