export { openPublishSession } from './publish-session.ts';
export type { PublishOptions, PublishSession } from './publish-contract.ts';
export { RtmpFailure } from './rtmp-failure.ts';
