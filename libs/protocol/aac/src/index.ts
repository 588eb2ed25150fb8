export {
  AacError,
  buildAudioSpecificConfig,
  parseAudioSpecificConfig,
} from './audio-specific-config.ts';
export { AdtsSplitter } from './adts-splitter.ts';
