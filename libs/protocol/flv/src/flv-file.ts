import { ByteWriter } from '#foundation';
import type { FlvTag } from './flv-tag.ts';

/** TagType of section E.4.1. */
const TAG_TYPE = { audio: 8, video: 9, script: 18 } as const;
const TAG_HEADER_SIZE_BYTES = 11;
const FLAG_AUDIO = 0x04;
const FLAG_VIDEO = 0x01;

/** Which tracks a file will hold. The flags must tell the truth: players wait for a promised track. */
export interface FlvTracks {
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
}

/**
 * Writes the start of an FLV file: header and the first PreviousTagSize.
 *
 * @see Adobe Flash Video File Format 10.1 sections E.2 and E.3
 */
export function buildFlvFileHeader({ hasAudio, hasVideo }: FlvTracks): Uint8Array {
  const flags = (hasAudio ? FLAG_AUDIO : 0) | (hasVideo ? FLAG_VIDEO : 0);
  return Uint8Array.of(0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0);
}

/**
 * Writes one tag as it stands in a file: header, body, PreviousTagSize.
 *
 * ```text
 * u8 type, u24 body size, u24 timestamp (low 24 bits), u8 timestamp (high 8 bits), u24 stream id = 0,
 * body, u32 size of all this without these four bytes
 * ```
 *
 * @see Adobe Flash Video File Format 10.1 section E.4.1
 */
export function buildFlvFileTag(tag: FlvTag): Uint8Array {
  const timestamp = tag.timestampMs % 2 ** 32;
  return new ByteWriter(TAG_HEADER_SIZE_BYTES + tag.body.length + 4)
    .u8(TAG_TYPE[tag.kind])
    .u24(tag.body.length)
    .u24(timestamp & 0xffffff)
    .u8(timestamp >>> 24)
    .u24(0)
    .bytes(tag.body)
    .u32(TAG_HEADER_SIZE_BYTES + tag.body.length)
    .finish();
}
