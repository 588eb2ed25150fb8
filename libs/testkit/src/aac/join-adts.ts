import { buildAudioSpecificConfig } from '#protocol/aac';

const HEADER_SIZE = 7;

/**
 * Puts an ADTS header before each raw AAC-LC frame: programs read that from a pipe.
 *
 * @see ISO/IEC 14496-3 section 1.A.2.2
 */
export function joinAdts(
  frames: readonly Uint8Array[],
  { sampleRateHz, channels }: { sampleRateHz: number; channels: number },
): Buffer {
  const [first = 0, second = 0] = buildAudioSpecificConfig({
    sampleRateHz,
    channelConfiguration: channels,
  });
  const frequencyIndex = ((first & 7) << 1) | (second >> 7);
  return Buffer.concat(
    frames.flatMap((frame) => {
      const size = frame.length + HEADER_SIZE;
      const header = Uint8Array.of(
        0xff,
        0xf1,
        0x40 | (frequencyIndex << 2),
        (channels << 6) | (size >> 11),
        (size >> 3) & 0xff,
        ((size & 7) << 5) | 0x1f,
        0xfc,
      );
      return [header, frame];
    }),
  );
}
