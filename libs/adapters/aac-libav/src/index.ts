export { createLibavAacEncoder } from './libav-aac-encoder.ts';
export { isLibavAvailable } from './libav-binding.ts';
