export { ChunkReader } from './chunks/chunk-reader.ts';
export { parseRtmpUrl } from './url/parse-rtmp-url.ts';
export type { RtmpTarget } from './url/parse-rtmp-url.ts';
export type { CommandCodec } from './publisher/publisher-commands.ts';
export type { PublishRefusal, RefusalCode } from './publisher/publish-refusal.ts';
export { RtmpPublisher } from './publisher/rtmp-publisher.ts';
export type {
  PublisherEvent,
  PublisherOutput,
  PublisherStep,
  RtmpPublisherOptions,
} from './publisher/publisher-contract.ts';
export { RtmpProtocolError, RtmpUrlError } from './rtmp-errors.ts';
