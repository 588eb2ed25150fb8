export { rtmpTrust } from './dial/start-tls.ts';
export type { Lookup } from './dial/resolve.ts';
export { openPublishSession } from './publish-session.ts';
export type { PublishOptions, PublishSession } from './publish-contract.ts';
export { RtmpFailure } from './rtmp-failure.ts';
