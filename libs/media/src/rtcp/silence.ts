import { PCMA, PCMU } from '#protocol/g711';
import { TICKS_PER_SECOND } from '../audio/pcm.ts';
import type { AudioFormat } from '../audio/audio-format.ts';

/** Both bands at rest: the one octet, with 0xfd, that decodes to zeros however often it comes. */
const G722_REST = 0xfc;
/** One frame of 20 ms at full bandwidth of nothing: CELT with its flag for silence (RFC 6716 sections 3.1 and 4.3). */
const OPUS_SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
/** Mode 0, nothing transmitted, and the padding behind it (RFC 5574 section 3.3); the same at 8 and 16 kHz. */
const SPEEX_SILENCE = Uint8Array.of(0x03);

/** The payload of 20 ms of silence; empty for a format that makes no sound. */
export function silenceOf({ codec, clockRate, channels }: AudioFormat): Uint8Array {
  const duration = clockRate / TICKS_PER_SECOND;
  switch (codec) {
    case 'PCMU':
      return new Uint8Array(duration).fill(PCMU.silence);
    case 'PCMA':
      return new Uint8Array(duration).fill(PCMA.silence);
    case 'G722':
      return new Uint8Array(duration).fill(G722_REST);
    case 'L16':
      return new Uint8Array(duration * 2 * channels);
    case 'opus':
      return OPUS_SILENCE;
    case 'speex':
      return SPEEX_SILENCE;
    default:
      return new Uint8Array(0);
  }
}
