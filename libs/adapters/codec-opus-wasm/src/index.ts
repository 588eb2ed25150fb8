export { loadOpusDecoders } from './opus-decoder.ts';
