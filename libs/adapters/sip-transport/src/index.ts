export { SignallingServer } from './signalling-server.ts';
export type { SignallingServerOptions, SignallingStats } from './signalling-server.ts';
