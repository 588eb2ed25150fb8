export { SRTP_KEY_BYTES } from './session-keys.ts';
export type { SrtpKey, SrtpSuite } from './session-keys.ts';
export { SrtpReceiver } from './srtp-receiver.ts';
export type { SrtpReceiverStats } from './srtp-receiver.ts';
export { SrtpSender } from './srtp-sender.ts';
