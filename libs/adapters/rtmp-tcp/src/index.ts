export { openPublishSession } from './publish-session.ts';
export type {
  PublishOptions,
  PublishSession,
  PublishState,
  PublishStats,
} from './publish-contract.ts';
export { RtmpFailure } from './rtmp-failure.ts';
export type { RtmpFailureCode } from './rtmp-failure.ts';
