import { readU16 } from './packet-cipher.ts';

/** Longer ones are no media: a frame of Ethernet has 1500 bytes. */
export const MAX_PACKET_BYTES = 2048;
/** The fixed header of RTP (RFC 3550 section 5.1). */
const RTP_HEADER_BYTES = 12;
/** What of an RTCP packet is never enciphered: header and source. */
export const RTCP_CLEAR_BYTES = 8;
/** The E flag and the index behind an RTCP packet (RFC 3711 section 3.4). */
export const RTCP_INDEX_BYTES = 4;

const isVersionTwo = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) >> 6 === 2;

/**
 * Where the payload of an RTP packet begins, behind contributing sources and the extension, which stay readable.
 *
 * @param size Bytes of the packet without its tag.
 * @returns Undefined for what is no RTP packet of a size that we take.
 */
export function rtpPayloadStart(bytes: Uint8Array, size: number): number | undefined {
  if (size < RTP_HEADER_BYTES || size > MAX_PACKET_BYTES || !isVersionTwo(bytes)) return undefined;
  const first = bytes[0] ?? 0;
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (start + 4 > size) return undefined;
    start += 4 + readU16(bytes, start + 2) * 4;
  }
  return start <= size ? start : undefined;
}

/** Whether this may be RTCP; `size` is without index and tag. */
export const isRtcpSize = (bytes: Uint8Array, size: number): boolean =>
  size >= RTCP_CLEAR_BYTES && size <= MAX_PACKET_BYTES && isVersionTwo(bytes);
