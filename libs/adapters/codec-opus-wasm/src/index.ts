export { loadOpusDecoders } from './opus-decoder.ts';
export { OpusMissingError } from './opus-library.ts';
