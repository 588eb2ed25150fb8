export { decodeToPcm } from './decode-to-pcm.ts';
export type { DecodeOptions } from './decode-to-pcm.ts';
export { readPacketTimes } from './packet-times.ts';
export type { PacketTime } from './packet-times.ts';
export { TranscodeError, probeMedia } from './probe-media.ts';
export type { AudioProbe, MediaProbe } from './probe-media.ts';
