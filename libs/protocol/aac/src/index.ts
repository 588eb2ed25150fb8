export {
  AacError,
  buildAudioSpecificConfig,
  parseAudioSpecificConfig,
} from './audio-specific-config.ts';
export { AdtsSplitter } from './adts-splitter.ts';
export { SILENT_FRAMES } from './silent-frames.ts';
export { bandOffsetsOf } from './tables/band-offsets.ts';
export { MAX_SCALEFACTOR_DELTA, SCALEFACTOR_CODEBOOK } from './tables/scalefactor-codebook.ts';
export { SPECTRAL_CODEBOOKS } from './tables/spectral-codebooks.ts';
export {
  bandRange,
  createChannelFrame,
  EIGHT_SHORT,
  FRAME_BINS,
  LONG_START,
  LONG_STOP,
  MAX_CHANNEL_BANDS,
  ONLY_LONG,
  SHORT_BINS,
  SHORT_WINDOWS,
} from './frame/channel-frame.ts';
export { chooseSections } from './frame/sections.ts';
export { trimBands } from './frame/trim-bands.ts';
export {
  elementBits,
  MAX_CHANNEL_BITS,
  type RawDataBlock,
  writeRawDataBlock,
} from './frame/raw-data-block.ts';
export { buildFrameTables } from './frame/kernel-tables.ts';
export { NOISE_BOOK } from './frame/spectrum-bits.ts';
export { Analysis, type AnalysedFrame } from './signal/analysis.ts';
export { chooseMidSide } from './signal/mid-side.ts';
export { planResampling, type ResamplingPlan } from './signal/resampling-plan.ts';
export { ReferenceEncoder, SpectrumCoder } from './reference-encoder.ts';
export { planRate, type RatePlan } from './rate/rate-plan.ts';
export { QUANTISER_SCALES } from './rate/quantise.ts';
export { BITS_PER_BIN } from './rate/bit-model.ts';
export { kernelTuning } from './rate/tuning.ts';
export { windowSlopes } from './signal/window.ts';
