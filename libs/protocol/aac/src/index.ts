export {
  AacError,
  buildAudioSpecificConfig,
  parseAudioSpecificConfig,
} from './audio-specific-config.ts';
export type { AudioSpecificConfig } from './audio-specific-config.ts';
