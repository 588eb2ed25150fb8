import { G722Decoder } from '#protocol/g722';
import type { AudioDecoder } from './audio-decoder.ts';

/**
 * Decodes G.722: 16,000 samples a second, though its RTP clock says 8000, so that a byte is one unit of it.
 *
 * @see RFC 3551 section 4.5.2
 */
export function g722Decoder(): AudioDecoder {
  const decoder = new G722Decoder();
  return {
    name: 'g722',
    clockRate: 8000,
    sampleRate: 16_000,
    channels: 1,
    duration: (_bytes, _offset, length) => length,
    decode: (payload, out) => decoder.decode(payload, out),
    reset: () => decoder.reset(),
    close: () => undefined,
  };
}
