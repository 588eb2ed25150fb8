import { AacError } from '../audio-specific-config.ts';
import { bandRange, type ChannelFrame, EIGHT_SHORT } from './channel-frame.ts';
import { type BandToCode, chooseBooks } from './book-choice.ts';
import { scalefactorWords } from './scalefactors.ts';
import {
  largestSize,
  MAX_QUANTISED,
  NOISE_BOOK,
  spectrumBits,
  ZERO_BOOK,
} from './spectrum-bits.ts';

/** global_gain, and that there are no pulses, no noise shaping and no gain control. */
const FIXED_BITS = 8 + 3;
/** Bits of a section's codebook. */
export const BOOK_BITS = 4;

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
 * Chooses the codebooks that cost the fewest bits, and counts them. Fills `codebooks`, but for the bands of
 * {@link NOISE_BOOK}, which stay what they are; gives the bands of zeros that it puts into a neighbour's section that
 * neighbour's scalefactor.
 *
 * @param offsets Of the channel's windows: {@link BandOffsets} long or short.
 * @returns Bits of individual_channel_stream without ics_info, exactly as they will be written.
 * @throws AacError for a value beyond 8191 or in a band of noise, and for scalefactors that cannot be sent.
 * @see ISO/IEC 14496-3 sections 4.4.2.7 and 4.6.3
 */
export function chooseSections(channel: ChannelFrame, offsets: Uint16Array): number {
  const { codebooks, maxSfb } = channel;
  const bandCount = channel.groupCount * maxSfb;
  const bands = Array.from({ length: bandCount }, (_, band) => {
    const range = bandRange(channel, offsets, band);
    return { range, largest: largestSize(range), isNoise: codebooks[band] === NOISE_BOOK };
  });
  if (bands.some(({ largest, isNoise }) => largest > (isNoise ? 0 : MAX_QUANTISED))) {
    throw new AacError(`a quantised value is beyond ${MAX_QUANTISED}, or in a band of noise`);
  }
  const headBits = BOOK_BITS + sectionLengthField(channel).bits;
  for (let first = 0; first < bandCount; first += maxSfb) {
    codebooks.set(chooseBooks(bands.slice(first, first + maxSfb), headBits), first);
  }
  fillScalefactors(channel, bands);
  let bits = FIXED_BITS + sectionBits(channel);
  for (const word of scalefactorWords(channel)) bits += word.bits;
  for (const [band, { range }] of bands.entries())
    bits += spectrumBits(range, codebooks[band] ?? 0);
  return bits;
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

/** The bands of zeros that lie in a coded section take the scalefactor before them: the step of the fewest bits. */
function fillScalefactors(channel: ChannelFrame, bands: readonly BandToCode[]): void {
  const { codebooks, scalefactors } = channel;
  // In front of the first band that is not zero there is none before them: they take that one's.
  let before = scalefactors[bands.findIndex(({ largest }) => largest > 0)] ?? 0;
  bands.forEach(({ largest, isNoise }, band) => {
    if (largest > 0) before = scalefactors[band] ?? 0;
    else if (codebooks[band] !== ZERO_BOOK && !isNoise) scalefactors[band] = before;
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
