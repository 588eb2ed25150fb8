export {
  AacError,
  buildAudioSpecificConfig,
  parseAudioSpecificConfig,
} from './audio-specific-config.ts';
