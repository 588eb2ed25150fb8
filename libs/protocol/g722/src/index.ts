export { G722Decoder } from './g722-decoder.ts';
