import {
  bandOffsetsOf,
  EIGHT_SHORT,
  NOISE_BOOK,
  SCALEFACTOR_CODEBOOK,
  SHORT_BINS,
  SPECTRAL_CODEBOOKS,
} from '#protocol/aac';
import { BitReader, CodewordReader, RawFrameError } from './bit-reader.ts';

/** What a raw frame says of one channel. */
export interface ReadChannel {
  windowSequence: number;
  windowShape: number;
  maxSfb: number;
  groupLengths: number[];
  /** By group and band. */
  codebooks: number[];
  /** By group and band; 0 for a band that is not coded. */
  scalefactors: number[];
  /** 1024 values in the order they are sent, each group at 128 times the windows before it. */
  quantised: number[];
}

/** What a raw frame says. */
export interface ReadFrame {
  channels: ReadChannel[];
  /** By group and band; empty without mid and side. */
  midSideMask: number[];
  /** Bytes inside of fill elements. */
  fillBytes: number;
  /** Bits up to the end of ID_END. */
  bits: number;
}

const MAX_CHANNEL_BITS = 6144;
const scalefactorWords = new CodewordReader(
  SCALEFACTOR_CODEBOOK.codes,
  SCALEFACTOR_CODEBOOK.lengths,
);
const spectralWords = SPECTRAL_CODEBOOKS.map(
  (book) => new CodewordReader(book.codes, book.lengths),
);

/**
 * Reads a raw AAC-LC frame as strictly as can be: every field in range, every bit accounted for, no tool beyond what we
 * write. Foreign decoders stay the judges: this one knows the codebooks from our own tables.
 *
 * @throws RawFrameError
 */
export function readRawFrame(frame: Uint8Array, sampleRateHz: number): ReadFrame {
  const reader = new BitReader(frame);
  const result: ReadFrame = { channels: [], midSideMask: [], fillBytes: 0, bits: 0 };
  for (let id = reader.take(3); id !== 7; id = reader.take(3)) {
    if (id === 6) result.fillBytes += readFill(reader);
    else if (result.channels.length > 0) throw new RawFrameError(`element ${id} is one too many`);
    else if (id === 0) result.channels.push(readSingle(reader, sampleRateHz));
    else if (id === 1) readPair(reader, sampleRateHz, result);
    else throw new RawFrameError(`element ${id} is not expected`);
  }
  result.bits = reader.bitsRead;
  if (reader.bitsLeft > 7) throw new RawFrameError(`${reader.bitsLeft} bits are left`);
  reader.expect(0, reader.bitsLeft, 'padding');
  if (result.channels.length === 0) throw new RawFrameError('there is no channel');
  if (8 * frame.length > result.channels.length * MAX_CHANNEL_BITS) {
    throw new RawFrameError(`${frame.length} bytes are more than a decoder's buffer holds`);
  }
  return result;
}

function readFill(reader: BitReader): number {
  let count = reader.take(4);
  if (count === 15) count += reader.take(8) - 1;
  for (let at = 0; at < count; at += 1) reader.expect(0, 8, 'fill');
  return count;
}

function readSingle(reader: BitReader, sampleRateHz: number): ReadChannel {
  reader.expect(0, 4, 'element_instance_tag');
  return readChannel(reader, sampleRateHz);
}

function readPair(reader: BitReader, sampleRateHz: number, result: ReadFrame): void {
  reader.expect(0, 4, 'element_instance_tag');
  let common: WindowInfo | undefined;
  if (reader.take(1) === 1) {
    common = readWindowInfo(reader, sampleRateHz);
    result.midSideMask = readMidSide(reader, common.groupLengths.length * common.maxSfb);
  }
  result.channels.push(readChannel(reader, sampleRateHz, common));
  result.channels.push(readChannel(reader, sampleRateHz, common));
}

function readMidSide(reader: BitReader, bandCount: number): number[] {
  const presence = reader.take(2);
  if (presence === 3) throw new RawFrameError('ms_mask_present is reserved');
  if (presence === 0) return [];
  return Array.from({ length: bandCount }, () => (presence === 2 ? 1 : reader.take(1)));
}

type WindowInfo = Pick<
  ReadChannel,
  'windowSequence' | 'windowShape' | 'maxSfb' | 'groupLengths'
> & {
  offsets: Uint16Array;
};

function readWindowInfo(reader: BitReader, sampleRateHz: number): WindowInfo {
  reader.expect(0, 1, 'ics_reserved_bit');
  const windowSequence = reader.take(2);
  const windowShape = reader.take(1);
  const isShort = windowSequence === EIGHT_SHORT;
  const maxSfb = reader.take(isShort ? 4 : 6);
  const { long, short } = bandOffsetsOf(sampleRateHz);
  const offsets = isShort ? short : long;
  if (maxSfb > offsets.length - 1) throw new RawFrameError(`max_sfb is ${maxSfb}`);
  const groupLengths = [1];
  if (!isShort) reader.expect(0, 1, 'predictor_data_present');
  for (let window = 1; isShort && window < 8; window += 1) {
    if (reader.take(1) === 0) groupLengths.push(1);
    else groupLengths[groupLengths.length - 1]! += 1;
  }
  return { windowSequence, windowShape, maxSfb, groupLengths, offsets };
}

function readChannel(reader: BitReader, sampleRateHz: number, common?: WindowInfo): ReadChannel {
  const globalGain = reader.take(8);
  const { offsets, ...info } = common ?? readWindowInfo(reader, sampleRateHz);
  const codebooks = info.groupLengths.flatMap(() => readSections(reader, info));
  const scalefactors = readScalefactors(reader, codebooks, globalGain);
  reader.expect(0, 3, 'pulse_data_present, tns_data_present and gain_control_data_present');
  const channel = { ...info, codebooks, scalefactors, quantised: new Array<number>(1024).fill(0) };
  readSpectrum(reader, channel, offsets);
  return channel;
}

/** @returns The codebooks of a group. */
function readSections(
  reader: BitReader,
  { windowSequence, maxSfb }: Pick<ReadChannel, 'windowSequence' | 'maxSfb'>,
): number[] {
  const bits = windowSequence === EIGHT_SHORT ? 3 : 5;
  const escape = 2 ** bits - 1;
  const books: number[] = [];
  while (books.length < maxSfb) {
    const book = reader.take(4);
    if (book > 11 && book !== NOISE_BOOK)
      throw new RawFrameError(`codebook ${book} is none of AAC-LC without tools`);
    let length = 0;
    let part = reader.take(bits);
    for (; part === escape; part = reader.take(bits)) length += escape;
    length += part;
    if (length === 0) throw new RawFrameError('a section is empty');
    for (let at = 0; at < length; at += 1) books.push(book);
  }
  if (books.length > maxSfb) throw new RawFrameError('a section goes beyond max_sfb');
  return books;
}

function readScalefactors(reader: BitReader, codebooks: number[], globalGain: number): number[] {
  let scalefactor = globalGain;
  let noise: number | undefined;
  return codebooks.map((book) => {
    if (book === 0) return 0;
    if (book === NOISE_BOOK) {
      noise =
        noise === undefined
          ? globalGain - 90 - 256 + reader.take(9)
          : noise + scalefactorWords.read(reader) - 60;
      if (noise < -100 || noise > 155) throw new RawFrameError(`noise_nrg ${noise}`);
      return noise;
    }
    scalefactor += scalefactorWords.read(reader) - 60;
    if (scalefactor < 0 || scalefactor > 255) throw new RawFrameError(`scalefactor ${scalefactor}`);
    return scalefactor;
  });
}

function readSpectrum(reader: BitReader, channel: ReadChannel, offsets: Uint16Array): void {
  let windowsBefore = 0;
  channel.groupLengths.forEach((windows, group) => {
    for (let sfb = 0; sfb < channel.maxSfb; sfb += 1) {
      const book = channel.codebooks[group * channel.maxSfb + sfb]!;
      const start = SHORT_BINS * windowsBefore + windows * offsets[sfb]!;
      const end = SHORT_BINS * windowsBefore + windows * offsets[sfb + 1]!;
      if (book > 0 && book !== NOISE_BOOK)
        readBand(reader, channel.quantised, { book, start, end });
    }
    windowsBefore += windows;
  });
}

function readBand(
  reader: BitReader,
  quantised: number[],
  { book, start, end }: { book: number; start: number; end: number },
): void {
  const { dimension, isSigned, largest } = SPECTRAL_CODEBOOKS[book - 1]!;
  const base = isSigned ? 2 * largest + 1 : largest + 1;
  for (let at = start; at < end; at += dimension) {
    let place = spectralWords[book - 1]!.read(reader);
    for (let back = at + dimension - 1; back >= at; back -= 1) {
      quantised[back] = (place % base) - (isSigned ? largest : 0);
      place = Math.floor(place / base);
    }
    const isNegative = quantised
      .slice(at, at + dimension)
      .map((value) => !isSigned && value !== 0 && reader.take(1) === 1);
    for (const [offset, negative] of isNegative.entries()) {
      const value = quantised[at + offset]!;
      const size = book === 11 && value === 16 ? readEscape(reader) : value;
      quantised[at + offset] = negative ? -size : size;
    }
  }
}

function readEscape(reader: BitReader): number {
  let ones = 0;
  while (reader.take(1) === 1) ones += 1;
  if (ones > 8) throw new RawFrameError('an escape is beyond 8191');
  return 2 ** (ones + 4) + reader.take(ones + 4);
}
