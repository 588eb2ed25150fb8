export { SpeexMissingError } from './libav-speex.ts';
export { loadSpeexDecoders } from './speex-decoder.ts';
