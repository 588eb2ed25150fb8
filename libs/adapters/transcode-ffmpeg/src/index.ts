export { decodeToPcm } from './decode-to-pcm.ts';
export { readPacketTimes } from './packet-times.ts';
export type { PacketTime } from './packet-times.ts';
export { probeMedia } from './probe-media.ts';
export type { AudioProbe } from './probe-media.ts';
