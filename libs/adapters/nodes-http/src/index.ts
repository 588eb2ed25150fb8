export { ChannelKey } from './channel-key.ts';
export { InternalRoutes } from './internal-routes.ts';
export type { InternalAnswer, InternalRoute } from './internal-routes.ts';
export { NodeClient } from './node-client.ts';
export type { NodeAnswer } from './node-client.ts';
