import type { CallSpec } from '#domain';
import type { AacEncoderOptions } from '#media';

/** Of one channel: with so few bits an attack in a long block is heard before it comes, in speech too. */
const SHORT_BLOCKS_KBPS = 32;

/**
 * What a call asks of its encoder.
 *
 * @param sourceRate Samples per second of its path.
 */
export function encodingOf({ audio }: CallSpec['media'], sourceRate: number): AacEncoderOptions {
  const { sampleRate, channels = 1, bitrateKbps, content, constantRate = false } = audio;
  const shortBlocks = content === 'music' || bitrateKbps / channels <= SHORT_BLOCKS_KBPS;
  return { sourceRate, sampleRate, channels, bitrateKbps, shortBlocks, constantRate };
}
