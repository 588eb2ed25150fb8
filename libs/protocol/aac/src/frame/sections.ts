import { MAX_SCALEFACTOR_DELTA, SCALEFACTOR_CODEBOOK } from '../tables/scalefactor-codebook.ts';
import { AacError } from '../audio-specific-config.ts';
import { bandRange, type ChannelFrame, EIGHT_SHORT } from './channel-frame.ts';
import { chooseBooks } from './book-choice.ts';
import { largestSize, MAX_QUANTISED, spectrumBits, ZERO_BOOK } from './spectrum-bits.ts';

/** global_gain, and that there are no pulses, no noise shaping and no gain control. */
const FIXED_BITS = 8 + 3;
/** Bits of a section's codebook. */
export const BOOK_BITS = 4;
const MAX_SCALEFACTOR = 255;

/** Bits of a section's length, and the length that says that more follows. */
interface LengthField {
  readonly bits: number;
  readonly escape: number;
}

const LONG_LENGTH: LengthField = { bits: 5, escape: 31 };
const SHORT_LENGTH: LengthField = { bits: 3, escape: 7 };

/** How the length of a section is written. */
export function sectionLengthField(channel: ChannelFrame): LengthField {
  return channel.windowSequence === EIGHT_SHORT ? SHORT_LENGTH : LONG_LENGTH;
}

/**
 * Chooses the codebooks that cost the fewest bits, and counts them. Fills `codebooks`, and gives the bands of zeros
 * that it puts into a neighbour's section that neighbour's scalefactor.
 *
 * @param offsets Of the channel's windows: {@link BandOffsets} long or short.
 * @returns Bits of individual_channel_stream without ics_info, exactly as they will be written.
 * @throws AacError for a value beyond 8191, a scalefactor beyond 255, or coded neighbours whose scalefactors are more
 *   than 60 apart.
 * @see ISO/IEC 14496-3 sections 4.4.2.7, 4.6.2 and 4.6.3
 */
export function chooseSections(channel: ChannelFrame, offsets: Uint16Array): number {
  const bandCount = channel.groupCount * channel.maxSfb;
  const ranges = Array.from({ length: bandCount }, (_, band) => bandRange(channel, offsets, band));
  const largest = Uint16Array.from(ranges, (range) => Math.min(largestSize(range), 0xffff));
  if (largest.some((size) => size > MAX_QUANTISED)) {
    throw new AacError(`a quantised value is beyond ${MAX_QUANTISED}`);
  }
  const headBits = BOOK_BITS + sectionLengthField(channel).bits;
  for (let first = 0; first < bandCount; first += channel.maxSfb) {
    const books = chooseBooks(ranges.slice(first, first + channel.maxSfb), headBits);
    channel.codebooks.set(books, first);
  }
  fillScalefactors(channel, largest);
  const spectrum = ranges.reduce(
    (bits, range, band) => bits + spectrumBits(range, channel.codebooks[band] ?? 0),
    0,
  );
  return FIXED_BITS + sectionBits(channel) + scalefactorBits(channel) + spectrum;
}

/** Bands that are coded alike and one after the other, in one group. */
export interface Section {
  readonly book: number;
  readonly bandCount: number;
}

/** The sections of the channel, as its codebooks ask for them. */
export function* sectionsOf(channel: ChannelFrame): Generator<Section> {
  const { codebooks, maxSfb } = channel;
  for (let group = 0; group < channel.groupCount; group += 1) {
    const end = (group + 1) * maxSfb;
    for (let start = group * maxSfb, next = start; start < end; start = next) {
      const book = codebooks[start] ?? 0;
      while (next < end && codebooks[next] === book) next += 1;
      yield { book, bandCount: next - start };
    }
  }
}

/**
 * Scalefactor of the first coded band: the steps begin there.
 *
 * @returns 0 when no band is coded.
 */
export function globalGain({ codebooks, scalefactors, ...channel }: ChannelFrame): number {
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    if (codebooks[band] !== ZERO_BOOK) return scalefactors[band] ?? 0;
  }
  return 0;
}

/** The bands of zeros that lie in a coded section take the scalefactor before them: the step of the fewest bits. */
function fillScalefactors(channel: ChannelFrame, largest: Uint16Array): void {
  const { codebooks, scalefactors } = channel;
  // In front of the first band that is not zero there is none before them: they take that one's.
  let before = scalefactors[largest.findIndex((size) => size > 0)] ?? 0;
  largest.forEach((size, band) => {
    if (size > 0) before = scalefactors[band] ?? 0;
    else if (codebooks[band] !== ZERO_BOOK) scalefactors[band] = before;
  });
}

function sectionBits(channel: ChannelFrame): number {
  const { bits, escape } = sectionLengthField(channel);
  let sum = 0;
  for (const { bandCount } of sectionsOf(channel)) {
    sum += BOOK_BITS + bits * (1 + Math.floor(bandCount / escape));
  }
  return sum;
}

function scalefactorBits(channel: ChannelFrame): number {
  const { codebooks, scalefactors } = channel;
  let before = globalGain(channel);
  let sum = 0;
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    if (codebooks[band] === ZERO_BOOK) continue;
    const scalefactor = scalefactors[band] ?? 0;
    const bits = SCALEFACTOR_CODEBOOK.lengths[scalefactor - before + MAX_SCALEFACTOR_DELTA];
    if (bits === undefined || scalefactor < 0 || scalefactor > MAX_SCALEFACTOR) {
      throw new AacError(`scalefactor ${scalefactor} cannot follow ${before}`);
    }
    sum += bits;
    before = scalefactor;
  }
  return sum;
}
