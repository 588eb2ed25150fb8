/** AAC frames out of an ADTS stream, and what a decoder must know about them. */
export interface AdtsStream {
  /** An AudioSpecificConfig, as the ADTS headers describe it. */
  readonly audioSpecificConfig: Uint8Array;
  /** Raw frames of 1024 samples, without headers. */
  readonly frames: readonly Uint8Array[];
}

const SHORT_HEADER_SIZE = 7;
const LONG_HEADER_SIZE = 9;

/**
 * Strips the headers of an ADTS stream.
 *
 * @see ISO/IEC 14496-3 section 1.A.2.2
 */
export function splitAdts(bytes: Uint8Array): AdtsStream {
  const frames: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + SHORT_HEADER_SIZE <= bytes.length;) {
    if (view.getUint16(at) >> 4 !== 0xfff) throw new Error(`no ADTS header at byte ${at}`);
    const headerSize = (view.getUint8(at + 1) & 1) === 1 ? SHORT_HEADER_SIZE : LONG_HEADER_SIZE;
    const size = (view.getUint32(at + 3) >>> 13) & 0x1fff;
    frames.push(bytes.subarray(at + headerSize, at + size));
    at += size;
  }
  const fixed = view.getUint16(2);
  const objectType = (fixed >> 14) + 1;
  const frequencyIndex = (fixed >> 10) & 0x0f;
  const channels = (fixed >> 6) & 0x07;
  const config = (objectType << 11) | (frequencyIndex << 7) | (channels << 3);
  return { audioSpecificConfig: Uint8Array.of(config >> 8, config & 0xff), frames };
}
