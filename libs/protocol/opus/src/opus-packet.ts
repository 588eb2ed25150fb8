/**
 * The RTP clock of Opus, in Hz, and the sample rate that everything here counts in, whatever the encoder was fed with.
 *
 * @see RFC 7587 section 4.1
 */
export const OPUS_RATE = 48_000;

/**
 * The longest packet: 120 ms.
 *
 * @see RFC 6716 section 3.4, requirement R5
 */
export const MAX_OPUS_PACKET_SAMPLES = 5760;

/** RFC 6716 section 3.2.1: the largest frame in bytes. */
const MAX_FRAME_BYTES = 1275;
/** RFC 6716 table 2: samples per frame of the SILK, hybrid and CELT configurations. */
const SILK_SAMPLES = [480, 960, 1920, 2880] as const;
const HYBRID_SAMPLES = [480, 960] as const;
const CELT_SAMPLES = [120, 240, 480, 960] as const;
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;

/** The frame count byte of packets with code 3. */
const VARIABLE_SIZES = 0x80;
const HAS_PADDING = 0x40;
const FRAME_COUNT = 0x3f;

/**
 * How long one frame of a packet is.
 *
 * ```text
 *  0 1 2 3 4 5 6 7
 * | config  |s| c |   config: mode, bandwidth and frame size; s: stereo; c: how the frames are packed
 * ```
 *
 * @param toc The first byte of the packet.
 * @returns Samples per channel at 48 kHz, 120 to 2880.
 * @see RFC 6716 section 3.1
 */
export function opusFrameSamples(toc: number): number {
  const config = (toc & 0xff) >> 3;
  if (config >= FIRST_CELT) return CELT_SAMPLES[config & 3] ?? 0;
  if (config >= FIRST_HYBRID) return HYBRID_SAMPLES[config & 1] ?? 0;
  return SILK_SAMPLES[config & 3] ?? 0;
}

/**
 * How long the sound of a packet is.
 *
 * @returns Samples per channel at 48 kHz, at most {@link MAX_OPUS_PACKET_SAMPLES}; 0 for a packet that no decoder takes.
 * @see RFC 6716 sections 3.2 and 3.4
 */
export function opusPacketSamples(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 0) return 0;
  const toc = bytes[offset] ?? 0;
  const samples = opusFrameSamples(toc) * frameCount(bytes, offset, offset + length);
  return samples <= MAX_OPUS_PACKET_SAMPLES ? samples : 0;
}

/** Frames of a well-formed packet; 0 for any other. */
function frameCount(bytes: Uint8Array, start: number, end: number): number {
  const size = end - start - 1;
  switch ((bytes[start] ?? 0) & 3) {
    case 0:
      return size <= MAX_FRAME_BYTES ? 1 : 0;
    case 1:
      return size % 2 === 0 && size / 2 <= MAX_FRAME_BYTES ? 2 : 0;
    case 2:
      return isFilled(bytes, start + 1, end, 1) ? 2 : 0;
    default:
      return countedFrames(bytes, start + 1, end);
  }
}

/** Code 3: a byte that counts the frames, the length of the padding, the sizes of the frames, the frames, the padding. */
function countedFrames(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return 0;
  const head = bytes[start] ?? 0;
  const count = head & FRAME_COUNT;
  let at = start + 1;
  let contentEnd = end;
  if ((head & HAS_PADDING) !== 0) {
    let more = true;
    while (more) {
      if (at >= contentEnd) return 0;
      const padding = bytes[at] ?? 0;
      at += 1;
      // 255 stands for 254 bytes and another length.
      more = padding === 255;
      contentEnd -= more ? 254 : padding;
    }
  }
  if (count === 0 || at > contentEnd) return 0;
  if ((head & VARIABLE_SIZES) !== 0) return isFilled(bytes, at, contentEnd, count - 1) ? count : 0;
  const size = (contentEnd - at) / count;
  return Number.isInteger(size) && size <= MAX_FRAME_BYTES ? count : 0;
}

/** Whether `sizeCount` sizes and the frames they announce leave a possible last frame before `end`. */
function isFilled(bytes: Uint8Array, start: number, end: number, sizeCount: number): boolean {
  let at = start;
  let announced = 0;
  for (let index = 0; index < sizeCount; index++) {
    if (at >= end) return false;
    const first = bytes[at] ?? 0;
    at += 1;
    announced += first;
    if (first < 252) continue;
    // RFC 6716 section 3.2.1: a second byte counts four times.
    if (at >= end) return false;
    announced += 4 * (bytes[at] ?? 0);
    at += 1;
  }
  const last = end - at - announced;
  return last >= 0 && last <= MAX_FRAME_BYTES;
}
