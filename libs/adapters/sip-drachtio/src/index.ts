export { DrachtioDialer } from './drachtio-dialer.ts';
