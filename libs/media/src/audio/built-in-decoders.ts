import {
  PCMA_DECODER,
  PCMU_DECODER,
  comfortNoiseAnnouncement,
  inaudible,
} from './audio-decoder.ts';
import type { AudioDecoderFactory } from './audio-decoder.ts';
import { g722Decoder } from './g722-decoder.ts';
import { l16Decoder } from './l16-decoder.ts';

/** The decoders that need nothing but this library. */
export const createBuiltInDecoder: AudioDecoderFactory = (format) => {
  switch (format.codec) {
    case 'PCMU':
      return PCMU_DECODER;
    case 'PCMA':
      return PCMA_DECODER;
    case 'G722':
      return g722Decoder();
    case 'L16':
      return l16Decoder(format);
    case 'CN':
      return comfortNoiseAnnouncement;
    case 'inaudible':
      return inaudible;
    default:
      return undefined;
  }
};
