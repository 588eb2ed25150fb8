export { checkTarget } from './check-target.ts';
export { readRtmpTrust } from './dial/read-trust.ts';
export type { RtmpTrust } from './publish-contract.ts';
export { openPublishSession } from './publish-session.ts';
export type { PublishOptions, PublishSession } from './publish-contract.ts';
export { RtmpFailure } from './rtmp-failure.ts';
