import type { AacEncoderFactory } from '#media';
import { ReferenceEncoder } from '#protocol/aac';

/** The plain encoder behind the port. */
export const createReferenceEncoder: AacEncoderFactory = (options) => {
  const { sourceRate, sampleRate, channels, bitrateKbps } = options;
  const encoder = new ReferenceEncoder({ shortBlocks: false, constantRate: false, ...options });
  return {
    audioSpecificConfig: encoder.audioSpecificConfig,
    primingSamples: encoder.primingSamples,
    frameSamples: 1024,
    sampleRate,
    sourceRate,
    channels,
    encode: (pcm, onFrame) => {
      encoder.encode(pcm, onFrame);
    },
    flush: (onFrame) => {
      encoder.flush(onFrame);
    },
    close: () => undefined,
    describe: () => `reference ${sourceRate}>${sampleRate} x${channels} ${bitrateKbps}kb/s`,
  };
};
