import type { BitWriter } from './bit-writer.ts';

const ID_FIL = 6;
const HEAD_BITS = 3 + 4;
/** The count that says that 8 bits more follow. */
const ESCAPE_COUNT = 15;
const ESCAPE_BITS = 8;
const MAX_ESCAPED_BYTES = ESCAPE_COUNT + 0xff - 1;

/**
 * Writes fill elements, as many as it takes, until less than the smallest of them, 7 bits, would be left.
 *
 * ```text
 * 3 bits ID_FIL = 6   4 bits count, 15 = 8 bits follow: count = 14 + these   count bytes of zero: extension EXT_FILL
 * ```
 *
 * @param bits To be filled.
 * @see ISO/IEC 14496-3 section 4.4.2.7, table 4.11, and 4.5.2.9
 */
export function writeFill(writer: BitWriter, bits: number): void {
  for (let rest = bits; rest >= HEAD_BITS;) {
    const start = writer.bitCount;
    writer.put(ID_FIL, 3);
    writeOneFill(writer, rest - HEAD_BITS);
    rest -= writer.bitCount - start;
  }
}

/** The count and the bytes of an element that has room for so many bits behind its head. */
function writeOneFill(writer: BitWriter, room: number): void {
  let bytes = room >> 3;
  if (bytes < ESCAPE_COUNT) {
    writer.put(bytes, 4);
  } else {
    bytes = Math.min((room - ESCAPE_BITS) >> 3, MAX_ESCAPED_BYTES);
    writer.put(ESCAPE_COUNT, 4);
    writer.put(bytes - ESCAPE_COUNT + 1, ESCAPE_BITS);
  }
  for (let at = 0; at < bytes; at += 1) writer.put(0, 8);
}
