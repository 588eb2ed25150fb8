/** The most frames of 20 ms that a payload may hold. Encoders put 8 into a packet at most. */
export const MAX_SPEEX_FRAMES = 10;

/** The Speex manual, table 9.2: bits of a narrowband frame by its mode, header included. Others are not frames. */
const NARROWBAND_BITS = [5, 43, 119, 160, 220, 300, 364, 492, 79] as const;
/** The Speex manual, table 10.1: bits of a wideband layer by its mode, header included. */
const LAYER_BITS = [4, 36, 112, 192, 352] as const;
/** The Speex manual, table 5.1: bits of a message to the other side, by its code. */
const MESSAGE_BITS = [1, 1, 4, 4, 4, 4, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64] as const;

const HEADER_BITS = 5;
const LAYER_HEADER_BITS = 4;
const CODE_BITS = 4;
/** Decoders skip these bits besides the bytes of a custom message. */
const CUSTOM_MESSAGE_BITS = 5;
const MODE_CUSTOM_MESSAGE = 13;
const MODE_MESSAGE = 14;
const MODE_TERMINATOR = 15;
/** Wideband is one layer above narrowband, ultra-wideband two. */
const MAX_LAYERS = 2;

/**
 * How many frames of 20 ms a payload holds. Nothing but the bits themselves tells.
 *
 * ```text
 * | 0 | mode: 4 | narrowband … | 1 | mode: 3 | wideband … |   one frame; then the next one, without alignment
 * | 0 | 1 1 1 1 |                                             the end, or what is left is shorter than a header
 * ```
 *
 * @returns 1 to {@link MAX_SPEEX_FRAMES}; 0 for a payload that is damaged or cut off.
 * @see RFC 5574 section 3.3; The Speex Codec Manual, version 1.2, sections 5.5, 9.3 and 10.4
 */
export function speexFrameCount(bytes: Uint8Array, offset: number, length: number): number {
  const end = (offset + length) * 8;
  let at = offset * 8;
  let count = 0;
  while (end - at >= HEADER_BITS) {
    const mode = bitsAt(bytes, at, HEADER_BITS);
    if (mode === MODE_TERMINATOR) return count;
    const isMessage = mode === MODE_MESSAGE || mode === MODE_CUSTOM_MESSAGE;
    const size = isMessage ? messageBits(bytes, at, mode) : frameBits(bytes, at, end);
    if (size === 0 || at + size > end) return 0;
    at += size;
    if (isMessage) continue;
    count += 1;
    if (count > MAX_SPEEX_FRAMES) return 0;
  }
  return count;
}

/** Bits of a message between the frames. */
function messageBits(bytes: Uint8Array, at: number, mode: number): number {
  const code = bitsAt(bytes, at + HEADER_BITS, CODE_BITS);
  const content =
    mode === MODE_CUSTOM_MESSAGE ? CUSTOM_MESSAGE_BITS + 8 * code : MESSAGE_BITS[code];
  return HEADER_BITS + CODE_BITS + (content ?? 0);
}

/** Bits of a frame with its layers; 0 if there is no such frame. */
function frameBits(bytes: Uint8Array, start: number, end: number): number {
  // A first bit of 1 is a layer without its frame.
  const narrowband = NARROWBAND_BITS[bitsAt(bytes, start, HEADER_BITS)];
  if (narrowband === undefined) return 0;
  let at = start + narrowband;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    if (end - at < LAYER_HEADER_BITS || bitsAt(bytes, at, 1) === 0) break;
    const size = LAYER_BITS[bitsAt(bytes, at + 1, LAYER_HEADER_BITS - 1)];
    if (size === undefined) return 0;
    at += size;
  }
  return at - start;
}

/** @param count At most 8. What lies behind the bytes reads as 0. */
function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const first = at >> 3;
  const word = ((bytes[first] ?? 0) << 8) | (bytes[first + 1] ?? 0);
  return (word >> (16 - (at & 7) - count)) & ((1 << count) - 1);
}
