import { ByteReader, OutOfBytesError } from '#foundation';
import { RTCP_TYPE, RtcpParseError } from './rtcp-packet.ts';
import type { Bye, ReportBlock, RtcpPacket, SdesItem, SourceDescription } from './rtcp-packet.ts';

/** No honest compound has more; a flood of empty packets in one datagram ends here. */
const MAX_PACKETS = 32;
const text = new TextDecoder();

/**
 * Reads a compound RTCP datagram.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  count  |  packet type  |  length in words, less one    |   again and again
 * ```
 *
 * @throws RtcpParseError if any packet of the compound is malformed.
 * @see RFC 3550 sections 6.1, 6.4 to 6.6 and appendix A.2; RFC 5506: a compound may start with any packet
 */
export function parseRtcp(datagram: Uint8Array): RtcpPacket[] {
  try {
    return parseCompound(datagram);
  } catch (error) {
    if (error instanceof OutOfBytesError) throw new RtcpParseError(error.message, { cause: error });
    throw error;
  }
}

function parseCompound(datagram: Uint8Array): RtcpPacket[] {
  const reader = new ByteReader(datagram);
  const packets: RtcpPacket[] = [];
  if (datagram.length === 0) throw new RtcpParseError('an empty datagram');
  while (reader.remaining > 0) {
    if (packets.length === MAX_PACKETS) throw new RtcpParseError('too many packets in a compound');
    packets.push(parseOne(reader));
  }
  return packets;
}

function parseOne(reader: ByteReader): RtcpPacket {
  const first = reader.u8();
  const packetType = reader.u8();
  const body = reader.bytes(reader.u16() * 4);
  if (first >> 6 !== 2) throw new RtcpParseError(`version ${first >> 6}`);
  if (packetType < 192 || packetType > 223) throw new RtcpParseError(`packet type ${packetType}`);
  const hasPadding = (first & 0x20) !== 0;
  if (hasPadding && reader.remaining > 0)
    throw new RtcpParseError('padding before the last packet');
  return parseBody(packetType, first & 0x1f, hasPadding ? withoutPadding(body) : body);
}

function withoutPadding(body: Uint8Array): Uint8Array {
  const padding = body.at(-1) ?? 0;
  if (padding === 0 || padding % 4 !== 0 || padding > body.length) {
    throw new RtcpParseError(`padding of ${padding} bytes`);
  }
  return body.subarray(0, body.length - padding);
}

function parseBody(packetType: number, count: number, body: Uint8Array): RtcpPacket {
  const reader = new ByteReader(body);
  switch (packetType) {
    case RTCP_TYPE.SR:
      return {
        type: 'SR',
        ssrc: reader.u32(),
        ntpSeconds: reader.u32(),
        ntpFraction: reader.u32(),
        rtpTimestamp: reader.u32(),
        packetCount: reader.u32(),
        octetCount: reader.u32(),
        reports: times(count, () => parseReportBlock(reader)),
      };
    case RTCP_TYPE.RR:
      return {
        type: 'RR',
        ssrc: reader.u32(),
        reports: times(count, () => parseReportBlock(reader)),
      };
    case RTCP_TYPE.SDES:
      return parseSourceDescription(reader, count);
    case RTCP_TYPE.BYE:
      return parseBye(reader, count);
    default:
      return { type: 'other', packetType };
  }
}

function parseReportBlock(reader: ByteReader): ReportBlock {
  const ssrc = reader.u32();
  const fractionLost = reader.u8();
  const lost = reader.u24();
  return {
    ssrc,
    fractionLost,
    cumulativeLost: lost >= 0x80_0000 ? lost - 0x100_0000 : lost,
    highestSequence: reader.u32(),
    jitter: reader.u32(),
    lastSr: reader.u32(),
    delaySinceLastSr: reader.u32(),
  };
}

function parseSourceDescription(reader: ByteReader, count: number): SourceDescription {
  const chunks = times(count, () => ({ ssrc: reader.u32(), items: parseSdesItems(reader) }));
  return { type: 'SDES', chunks };
}

/** Items up to the zero byte that ends a chunk, and the zero bytes that fill its last word. */
function parseSdesItems(reader: ByteReader): SdesItem[] {
  const items: SdesItem[] = [];
  for (let type = reader.u8(); type !== 0; type = reader.u8()) {
    items.push({ type, text: text.decode(reader.bytes(reader.u8())) });
  }
  while (reader.offset % 4 !== 0) reader.u8();
  return items;
}

function parseBye(reader: ByteReader, count: number): Bye {
  const ssrcs = times(count, () => reader.u32());
  if (reader.remaining === 0) return { type: 'BYE', ssrcs };
  return { type: 'BYE', ssrcs, reason: text.decode(reader.bytes(reader.u8())) };
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}
