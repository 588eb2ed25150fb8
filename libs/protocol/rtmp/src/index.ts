export { parseRtmpUrl } from './url/parse-rtmp-url.ts';
export type { RtmpTarget } from './url/parse-rtmp-url.ts';
export { reconnectUrl } from './url/reconnect-url.ts';
export type { PublishRefusal, RefusalCode } from './publisher/publish-refusal.ts';
export { proofQuery, userQuery, withQuery } from './publisher/publisher-authentication.ts';
export { RtmpPublisher } from './publisher/rtmp-publisher.ts';
export type {
  PublisherEvent,
  PublisherOutput,
  PublisherStep,
} from './publisher/publisher-contract.ts';
export type { ServerAbilities } from './publisher/server-abilities.ts';
export { RtmpProtocolError, RtmpUrlError } from './rtmp-errors.ts';
