export { parseRtmpUrl } from './url/parse-rtmp-url.ts';
export type { RtmpTarget } from './url/parse-rtmp-url.ts';
export type { PublishRefusal, RefusalCode } from './publisher/publish-refusal.ts';
export { RtmpPublisher } from './publisher/rtmp-publisher.ts';
export type {
  PublisherEvent,
  PublisherOutput,
  PublisherStep,
} from './publisher/publisher-contract.ts';
export { RtmpProtocolError, RtmpUrlError } from './rtmp-errors.ts';
