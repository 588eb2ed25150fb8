export { convertToMp4 } from './convert-to-mp4.ts';
export { decodeToPcm } from './decode-to-pcm.ts';
export { readPacketTimes } from './packet-times.ts';
export type { PacketTime } from './packet-times.ts';
export { TranscodeError, probeMedia } from './probe-media.ts';
export type { AudioProbe } from './probe-media.ts';
