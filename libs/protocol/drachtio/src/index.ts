export { buildClientMessage } from './build-client-message.ts';
export { buildServerMessage } from './build-server-message.ts';
export type {
  CancelCommand,
  ClientMessage,
  DialogRequestCommand,
  NewRequestCommand,
  RespondCommand,
} from './client-message.ts';
export { DrachtioProtocolError } from './drachtio-protocol-error.ts';
export { buildFrame, FrameDecoder } from './frame.ts';
export { parseClientMessage } from './parse-client-message.ts';
export { parseServerMessage } from './parse-server-message.ts';
export { formatPassageTime } from './passage-time.ts';
export type { Passage, ServerMessage } from './server-message.ts';
