/** Bytes of the fixed header (RFC 3550 section 5.1). */
export const RTP_HEADER_SIZE = 12;

/**
 * One RTP packet as a view on a datagram, made to be filled again and again by {@link parseRtp}:
 * no object is created per packet.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           synchronization source (SSRC) identifier            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |            contributing source (CSRC) identifiers (0..15)     |
 * ```
 *
 * @see RFC 3550 section 5.1
 */
export class RtpPacket {
  /** The datagram; the payload lies at `payloadOffset`, `payloadLength` bytes long. */
  bytes: Uint8Array = new Uint8Array(0);
  payloadOffset = 0;
  payloadLength = 0;
  /** 0 to 127. */
  payloadType = 0;
  /** For audio: the first packet of a talkspurt (RFC 3551 section 4.1). */
  marker = false;
  /** 16 bits, wraps. */
  sequence = 0;
  /** 32 bits, wraps; counts in the clock rate of the payload. */
  timestamp = 0;
  ssrc = 0;
}

/** What stands in the fixed header of a packet to be sent. */
export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/**
 * Whether a datagram is RTCP rather than RTP, for ports that carry both.
 *
 * @see RFC 5761 section 4: the second byte of RTCP is 192 to 223
 */
export function isRtcp(datagram: Uint8Array): boolean {
  const second = datagram[1] ?? 0;
  return second >= 192 && second <= 223;
}

/**
 * Reads a datagram into `packet`.
 *
 * @remarks The payload stays where it is: `packet` refers to the datagram's memory. Garbage is an every-day
 * event on an open port, so it is told by the answer and costs no exception.
 * @returns False if the datagram is not a well-formed RTP packet; `packet` is then undefined.
 * @see RFC 3550 section 5.1 (header), 5.3.1 (extension), appendix A.1 (validity)
 */
export function parseRtp(datagram: Uint8Array, packet: RtpPacket): boolean {
  const size = datagram.length;
  if (size < RTP_HEADER_SIZE) return false;
  const first = byteAt(datagram, 0);
  if (first >> 6 !== 2 || isRtcp(datagram)) return false;
  const start = payloadStart(datagram, first);
  const padding = (first & 0x20) === 0 ? 0 : byteAt(datagram, size - 1);
  if ((first & 0x20) !== 0 && padding === 0) return false;
  if (start + padding > size) return false;
  const second = byteAt(datagram, 1);
  packet.bytes = datagram;
  packet.payloadOffset = start;
  packet.payloadLength = size - padding - start;
  packet.payloadType = second & 0x7f;
  packet.marker = second >= 0x80;
  packet.sequence = u16(datagram, 2);
  packet.timestamp = u32(datagram, 4);
  packet.ssrc = u32(datagram, 8);
  return true;
}

/** Where the payload begins; past the end of the datagram if the CSRC list or the extension lies. */
function payloadStart(datagram: Uint8Array, first: number): number {
  const start = RTP_HEADER_SIZE + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return start;
  if (start + 4 > datagram.length) return Infinity;
  return start + 4 + u16(datagram, start + 2) * 4;
}

/**
 * Writes the 12-byte fixed header to the front of `into`; no padding, extension or contributing sources.
 *
 * @param into At least {@link RTP_HEADER_SIZE} bytes; the payload goes behind them.
 * @see RFC 3550 section 5.1
 */
export function buildRtpHeader(header: RtpHeader, into: Uint8Array): void {
  into[0] = 0x80;
  into[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  into[2] = header.sequence >>> 8;
  into[3] = header.sequence;
  writeU32(into, 4, header.timestamp);
  writeU32(into, 8, header.ssrc);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function u16(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}

function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}
