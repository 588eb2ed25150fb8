export { DnsNames } from './names/dns-names.ts';
export { SignallingServer } from './signalling-server.ts';
export type { SignallingServerOptions } from './signalling-server.ts';
export type { TlsPeerOptions } from './tls/tls-options.ts';
export { readTlsSetting } from './tls/read-tls-settings.ts';
export type { TlsOptions } from './tls/tls-options.ts';
