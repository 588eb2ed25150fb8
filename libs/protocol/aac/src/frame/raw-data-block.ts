import { AacError } from '../audio-specific-config.ts';
import type { BandOffsets } from '../tables/band-offsets.ts';
import { BitWriter } from './bit-writer.ts';
import type { ChannelFrame } from './channel-frame.ts';
import { windowInfoBits, writeChannelStream, writeWindowInfo } from './channel-stream.ts';
import { writeFill } from './fill-element.ts';

const ID_SCE = 0;
const ID_CPE = 1;
const ID_END = 7;
const ID_BITS = 3;
const TAG_BITS = 4;

/**
 * Most bits of a frame, per channel: what a decoder's buffer holds.
 *
 * @see ISO/IEC 14496-3 section 4.5.3.2
 */
export const MAX_CHANNEL_BITS = 6144;

/** A frame of one channel or a pair, ready to be written. */
export interface RawDataBlock {
  /** Bands of the stream's rate. */
  readonly offsets: BandOffsets;
  /** One or two; their sections are chosen. */
  readonly channels: readonly [ChannelFrame] | readonly [ChannelFrame, ChannelFrame];
  /** Of a pair with the same windows: 1 for each band `group * maxSfb + sfb` that is coded as mid and side. */
  readonly midSideMask?: Uint8Array;
  /** Bytes by which the frame is made longer, with fill elements. */
  readonly fillBytes: number;
}

/** Bits of a block beside those of its channels' sections: elements, windows, mid and side, the end. */
export function elementBits({
  channels,
  midSideMask,
}: Pick<RawDataBlock, 'channels' | 'midSideMask'>): number {
  const [first, second] = channels;
  const frame = ID_BITS + TAG_BITS + ID_BITS;
  if (second === undefined) return frame + windowInfoBits(first);
  if (!haveCommonWindow(first, second)) {
    return frame + 1 + windowInfoBits(first) + windowInfoBits(second);
  }
  const bandCount = first.groupCount * first.maxSfb;
  const isMask = midSidePresence(bandCount, midSideMask) === MASK_FOLLOWS;
  return frame + 1 + windowInfoBits(first) + 2 + (isMask ? bandCount : 0);
}

/**
 * Writes a frame as raw_data_block.
 *
 * ```text
 * one channel:  3 bits ID_SCE = 0   4 bits tag = 0   individual_channel_stream
 * a pair:       3 bits ID_CPE = 1   4 bits tag = 0   1 bit common_window
 *               if common: ics_info, 2 bits ms_mask_present, if it is 1 a bit for each band
 *               individual_channel_stream, twice
 * then          fill elements, 3 bits ID_END = 7, zeros to the end of the byte
 * ```
 *
 * @returns Bytes written to `out`.
 * @throws AacError when they are more than `out` holds or a decoder's buffer takes.
 * @see ISO/IEC 14496-3 section 4.4.2.1, tables 4.3 to 4.5
 */
export function writeRawDataBlock(block: RawDataBlock, out: Uint8Array): number {
  const writer = new BitWriter(out);
  const [first, second] = block.channels;
  if (second === undefined) writeSingle(writer, first, block);
  else writePair(writer, [first, second], block);
  if (block.fillBytes > 0) {
    const bytes = Math.ceil((writer.bitCount + ID_BITS) / 8) + block.fillBytes;
    writeFill(writer, 8 * bytes - ID_BITS - writer.bitCount);
  }
  writer.put(ID_END, ID_BITS);
  writer.align();
  const limit = block.channels.length * MAX_CHANNEL_BITS;
  if (writer.bitCount > limit) {
    throw new AacError(`a frame of ${writer.bitCount} bits is more than the ${limit} allowed`);
  }
  return writer.bitCount / 8;
}

function writeSingle(writer: BitWriter, channel: ChannelFrame, { offsets }: RawDataBlock): void {
  writer.put(ID_SCE, ID_BITS);
  writer.put(0, TAG_BITS);
  writeChannelStream(writer, channel, { offsets, hasInfo: true });
}

function writePair(
  writer: BitWriter,
  pair: readonly [ChannelFrame, ChannelFrame],
  { offsets, midSideMask }: RawDataBlock,
): void {
  const isCommon = haveCommonWindow(...pair);
  writer.put(ID_CPE, ID_BITS);
  writer.put(0, TAG_BITS);
  writer.put(isCommon ? 1 : 0, 1);
  if (isCommon) {
    const [{ groupCount, maxSfb }] = pair;
    writeWindowInfo(writer, pair[0]);
    writeMidSide(writer, groupCount * maxSfb, midSideMask);
  } else if (midSideMask !== undefined) {
    throw new AacError('mid and side need the same windows in both channels');
  }
  for (const channel of pair) writeChannelStream(writer, channel, { offsets, hasInfo: !isCommon });
}

/** Whether one ics_info says the windows of both. */
function haveCommonWindow(one: ChannelFrame, other: ChannelFrame): boolean {
  const lengths = (channel: ChannelFrame): string =>
    channel.groupLengths.subarray(0, channel.groupCount).join();
  return (
    one.windowSequence === other.windowSequence &&
    one.windowShape === other.windowShape &&
    one.maxSfb === other.maxSfb &&
    lengths(one) === lengths(other)
  );
}

/** Values of ms_mask_present. */
const NO_BAND = 0;
const MASK_FOLLOWS = 1;
const EVERY_BAND = 2;

function midSidePresence(bandCount: number, mask: Uint8Array | undefined): number {
  const used = mask?.subarray(0, bandCount).filter((band) => band !== 0).length ?? 0;
  if (used === 0) return NO_BAND;
  return used === bandCount ? EVERY_BAND : MASK_FOLLOWS;
}

function writeMidSide(writer: BitWriter, bandCount: number, mask: Uint8Array | undefined): void {
  const presence = midSidePresence(bandCount, mask);
  writer.put(presence, 2);
  if (presence !== MASK_FOLLOWS) return;
  for (let band = 0; band < bandCount; band += 1) writer.put(mask?.[band] === 0 ? 0 : 1, 1);
}
