export { ChannelKey } from './channel-key.ts';
export { InternalRoutes } from './internal-routes.ts';
export type { InternalRoute } from './internal-routes.ts';
export { NodeClient } from './node-client.ts';
