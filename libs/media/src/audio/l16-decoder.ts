import type { AudioDecoder } from './audio-decoder.ts';
import type { AudioFormat } from './audio-format.ts';

const BYTES_PER_SAMPLE = 2;

/**
 * Reads plain 16-bit samples, high byte first, the channels taking turns; a cut-off sample at the end is left out.
 *
 * @see RFC 3551 section 4.5.11
 */
export function l16Decoder({ clockRate, channels }: AudioFormat): AudioDecoder {
  const bytesPerInstant = BYTES_PER_SAMPLE * channels;
  const durationOf = (length: number): number => Math.floor(length / bytesPerInstant);
  return {
    name: `l16/${clockRate}/${channels}`,
    clockRate,
    sampleRate: clockRate,
    channels,
    isStateless: true,
    duration: (_bytes, _offset, length) => durationOf(length),
    decode: (payload, out) => {
      const duration = durationOf(payload.length);
      const count = duration * channels;
      for (let at = 0; at < count; at += 1) {
        out[at] = ((payload[2 * at] ?? 0) << 8) | (payload[2 * at + 1] ?? 0);
      }
      return duration;
    },
    reset: () => undefined,
    close: () => undefined,
  };
}
