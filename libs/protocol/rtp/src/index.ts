export { parseComfortNoise } from './rtp/comfort-noise-payload.ts';
export { RTP_HEADER_SIZE, RtpPacket, buildRtpHeader, isRtcp, parseRtp } from './rtp/rtp-packet.ts';
export { buildRtcp } from './rtcp/build-rtcp.ts';
export { parseRtcp } from './rtcp/parse-rtcp.ts';
export { ReceptionStatistics } from './rtcp/reception-statistics.ts';
export { RtcpParseError } from './rtcp/rtcp-packet.ts';
export type { BuildableRtcp, ReportBlock, RtcpPacket, SenderReport } from './rtcp/rtcp-packet.ts';
