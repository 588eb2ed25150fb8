import { SPECTRAL_CODEBOOKS } from '../tables/spectral-codebooks.ts';
import type { BandOffsets } from '../tables/band-offsets.ts';
import type { BitWriter } from './bit-writer.ts';
import { bandRange, type ChannelFrame, EIGHT_SHORT, type ValueRange } from './channel-frame.ts';
import { globalGain, scalefactorWords } from './scalefactors.ts';
import { BOOK_BITS, sectionLengthField, sectionsOf } from './sections.ts';
import {
  ESCAPE_BOOK,
  exponentOf,
  FIRST_ESCAPED,
  NOISE_BOOK,
  placeOfCodeword,
  ZERO_BOOK,
} from './spectrum-bits.ts';

const LONG_INFO_BITS = 11;
const SHORT_INFO_BITS = 15;

/** Bits of {@link writeWindowInfo}. */
export function windowInfoBits({ windowSequence }: ChannelFrame): number {
  return windowSequence === EIGHT_SHORT ? SHORT_INFO_BITS : LONG_INFO_BITS;
}

/**
 * Writes ics_info: the windows of a channel, or of both channels of a pair.
 *
 * ```text
 * 1 bit reserved  2 bits window_sequence  1 bit window_shape
 * long:  6 bits max_sfb  1 bit predictor_data_present = 0
 * short: 4 bits max_sfb  7 bits scale_factor_grouping: for windows 1 to 7 whether it is in the group of the one before
 * ```
 *
 * @see ISO/IEC 14496-3 section 4.4.2.1, table 4.6
 */
export function writeWindowInfo(writer: BitWriter, channel: ChannelFrame): void {
  writer.put(channel.windowSequence, 3);
  writer.put(channel.windowShape, 1);
  if (channel.windowSequence !== EIGHT_SHORT) {
    writer.put(channel.maxSfb, 6);
    writer.put(0, 1);
    return;
  }
  writer.put(channel.maxSfb, 4);
  for (let group = 0; group < channel.groupCount; group += 1) {
    if (group > 0) writer.put(0, 1);
    const others = (channel.groupLengths[group] ?? 1) - 1;
    writer.put((1 << others) - 1, others);
  }
}

/**
 * Writes individual_channel_stream, but for ics_info in the middle of it when the pair has said it.
 *
 * ```text
 * 8 bits global_gain   [ics_info]   section_data   scale_factor_data
 * 1 bit pulse_data_present = 0   1 bit tns_data_present = 0   1 bit gain_control_data_present = 0
 * spectral_data
 * ```
 *
 * @see ISO/IEC 14496-3 section 4.4.2.7, tables 4.50 to 4.56
 */
export function writeChannelStream(
  writer: BitWriter,
  channel: ChannelFrame,
  { offsets, hasInfo }: { offsets: BandOffsets; hasInfo: boolean },
): void {
  writer.put(globalGain(channel), 8);
  if (hasInfo) writeWindowInfo(writer, channel);
  writeSections(writer, channel);
  for (const { value, bits } of scalefactorWords(channel)) writer.put(value, bits);
  writer.put(0, 3);
  const own = channel.windowSequence === EIGHT_SHORT ? offsets.short : offsets.long;
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    const book = channel.codebooks[band] ?? 0;
    if (book !== ZERO_BOOK && book !== NOISE_BOOK)
      writeSpectrum(writer, bandRange(channel, own, band), book);
  }
}

function writeSections(writer: BitWriter, channel: ChannelFrame): void {
  const { bits, escape } = sectionLengthField(channel);
  for (const { book, bandCount } of sectionsOf(channel)) {
    writer.put(book, BOOK_BITS);
    let rest = bandCount;
    for (; rest >= escape; rest -= escape) writer.put(escape, bits);
    writer.put(rest, bits);
  }
}

function writeSpectrum(writer: BitWriter, range: ValueRange, book: number): void {
  const codebook = SPECTRAL_CODEBOOKS[book - 1];
  if (codebook === undefined) return;
  const { dimension, isSigned, codes, lengths } = codebook;
  for (let at = range.start; at < range.end; at += dimension) {
    const place = placeOfCodeword(range.values, at, codebook);
    writer.put(codes[place] ?? 0, lengths[place] ?? 0);
    const values = range.values.subarray(at, at + dimension);
    if (!isSigned) writeSigns(writer, values);
    if (book === ESCAPE_BOOK) writeEscapes(writer, values);
  }
}

function writeSigns(writer: BitWriter, values: Int32Array): void {
  for (const value of values) {
    if (value !== 0) writer.put(value < 0 ? 1 : 0, 1);
  }
}

/** N ones, a zero, and in N + 4 bits what the size has beyond 2^(N + 4). */
function writeEscapes(writer: BitWriter, values: Int32Array): void {
  for (const value of values) {
    const size = Math.abs(value);
    if (size < FIRST_ESCAPED) continue;
    const exponent = exponentOf(size);
    const ones = exponent - 4;
    writer.put((1 << (ones + 1)) - 2, ones + 1);
    writer.put(size - (1 << exponent), exponent);
  }
}
