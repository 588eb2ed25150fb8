import { ByteWriter, invariant } from '#foundation';
import { RTCP_TYPE } from './rtcp-packet.ts';
import type { BuildableRtcp, Bye, ReportBlock, SdesItem } from './rtcp-packet.ts';

const utf8 = new TextEncoder();
const MAX_COUNT = 31;
const MAX_TEXT_BYTES = 255;

/**
 * Builds one compound datagram of the packets given, in their order. A sender or receiver report must come
 * first and a source description with a canonical name must be among them: the caller's duty.
 *
 * @throws BugError if a count passes 31 or a text 255 bytes.
 * @see RFC 3550 sections 6.1 and 6.4 to 6.6
 */
export function buildRtcp(packets: readonly BuildableRtcp[]): Uint8Array {
  const writer = new ByteWriter(128);
  for (const packet of packets) writePacket(writer, packet);
  return writer.finish();
}

function writePacket(writer: ByteWriter, packet: BuildableRtcp): void {
  const body = new ByteWriter(64);
  const count = writeBody(body, packet);
  invariant(count <= MAX_COUNT, `${count} entries in one RTCP packet`);
  writer
    .u8(0x80 | count)
    .u8(RTCP_TYPE[packet.type])
    .u16(body.length / 4)
    .bytes(body.view());
}

/** Writes what follows the first word and says the count that goes into it. */
function writeBody(body: ByteWriter, packet: BuildableRtcp): number {
  switch (packet.type) {
    case 'SR':
      body.u32(packet.ssrc).u32(packet.ntpSeconds).u32(packet.ntpFraction);
      body.u32(packet.rtpTimestamp).u32(packet.packetCount).u32(packet.octetCount);
      for (const report of packet.reports) writeReportBlock(body, report);
      return packet.reports.length;
    case 'RR':
      body.u32(packet.ssrc);
      for (const report of packet.reports) writeReportBlock(body, report);
      return packet.reports.length;
    case 'SDES':
      for (const chunk of packet.chunks) writeSdesChunk(body, chunk.ssrc, chunk.items);
      return packet.chunks.length;
    case 'BYE':
      writeBye(body, packet);
      return packet.ssrcs.length;
  }
}

function writeReportBlock(body: ByteWriter, report: ReportBlock): void {
  body.u32(report.ssrc).u8(report.fractionLost);
  body.u24(report.cumulativeLost & 0xff_ffff);
  body.u32(report.highestSequence).u32(report.jitter);
  body.u32(report.lastSr).u32(report.delaySinceLastSr);
}

function writeSdesChunk(body: ByteWriter, ssrc: number, items: readonly SdesItem[]): void {
  body.u32(ssrc);
  for (const item of items) {
    body.u8(item.type);
    writeText(body, item.text);
  }
  body.u8(0);
  fillWord(body);
}

function writeBye(body: ByteWriter, packet: Bye): void {
  for (const ssrc of packet.ssrcs) body.u32(ssrc);
  if (packet.reason === undefined) return;
  writeText(body, packet.reason);
  fillWord(body);
}

function writeText(body: ByteWriter, value: string): void {
  const bytes = utf8.encode(value);
  invariant(bytes.length <= MAX_TEXT_BYTES, `an RTCP text of ${bytes.length} bytes`);
  body.u8(bytes.length).bytes(bytes);
}

function fillWord(body: ByteWriter): void {
  while (body.length % 4 !== 0) body.u8(0);
}
