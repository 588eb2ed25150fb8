export type { ControlAddress } from './control-connection.ts';
export { DrachtioDialer } from './drachtio-dialer.ts';
export type { DrachtioDialerOptions } from './drachtio-dialer.ts';
