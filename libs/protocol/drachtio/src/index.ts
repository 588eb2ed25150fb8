export { buildClientMessage } from './build-client-message.ts';
export { buildServerMessage } from './build-server-message.ts';
export type {
  AuthenticateCommand,
  CancelCommand,
  ClientMessage,
  DialogRequestCommand,
  NewRequestCommand,
  PingCommand,
  ProxyCommand,
  RespondCommand,
  RouteCommand,
  UnknownCommand,
} from './client-message.ts';
export { DrachtioProtocolError } from './drachtio-protocol-error.ts';
export type { DrachtioProtocolReason } from './drachtio-protocol-error.ts';
export { buildFrame, FrameDecoder, MAX_FRAME_BYTES } from './frame.ts';
export { parseClientMessage } from './parse-client-message.ts';
export { parseServerMessage } from './parse-server-message.ts';
export { formatPassageTime } from './passage-time.ts';
export type {
  AuthenticatedReply,
  CdrDelivery,
  DoneReply,
  Passage,
  ProxyProgressReply,
  RefusedReply,
  RequestSentReply,
  ResponseSentReply,
  ServerMessage,
  SipDelivery,
} from './server-message.ts';
