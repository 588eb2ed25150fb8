export { loadSpeexDecoders } from './speex-decoder.ts';
