import { AacError } from '../audio-specific-config.ts';
import { MAX_SCALEFACTOR_DELTA, SCALEFACTOR_CODEBOOK } from '../tables/scalefactor-codebook.ts';
import type { ChannelFrame } from './channel-frame.ts';
import { NOISE_BOOK, ZERO_BOOK } from './spectrum-bits.ts';

const MAX_SCALEFACTOR = 255;
/** What global_gain is when there is no scalefactor that it could be. */
const ANY_GAIN = 100;
/** Bits of the first energy of noise, and what is added to make it positive. */
const NOISE_BITS = 9;
const NOISE_OFFSET = 256 + 90;

/** Some bits to be written. */
interface Word {
  readonly value: number;
  readonly bits: number;
}

/** global_gain: the scalefactor of the first coded band that is not noise; the steps begin there. */
export function globalGain({ codebooks, scalefactors, ...channel }: ChannelFrame): number {
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    const book = codebooks[band];
    if (book !== ZERO_BOOK && book !== NOISE_BOOK) return scalefactors[band] ?? ANY_GAIN;
  }
  return ANY_GAIN;
}

/**
 * What scale_factor_data says, band by band: the step from the coded band before, the first from global_gain. Bands of
 * noise have steps of their own: between their energies, which begin with 9 bits of difference from global_gain - 90.
 *
 * @throws AacError for a scalefactor out of range, or more than 60 from the one before.
 * @see ISO/IEC 14496-3 sections 4.4.2.7 (table 4.53), 4.6.2 and 4.6.13
 */
export function* scalefactorWords(channel: ChannelFrame): Generator<Word> {
  const { codebooks, scalefactors } = channel;
  const gain = globalGain(channel);
  let before = gain;
  let noiseBefore: number | undefined;
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    const scalefactor = scalefactors[band] ?? 0;
    if (codebooks[band] === ZERO_BOOK) continue;
    if (codebooks[band] !== NOISE_BOOK) {
      if (scalefactor < 0 || scalefactor > MAX_SCALEFACTOR) {
        throw new AacError(`scalefactor ${scalefactor} is out of range`);
      }
      yield stepWord(scalefactor - before);
      before = scalefactor;
    } else {
      yield noiseBefore === undefined
        ? firstNoiseWord(scalefactor - gain)
        : stepWord(scalefactor - noiseBefore);
      noiseBefore = scalefactor;
    }
  }
}

function stepWord(step: number): Word {
  const { codes, lengths } = SCALEFACTOR_CODEBOOK;
  const place = step + MAX_SCALEFACTOR_DELTA;
  const [value, bits] = [codes[place], lengths[place]];
  if (value === undefined || bits === undefined) {
    throw new AacError(`scalefactors are ${step} apart: more than ${MAX_SCALEFACTOR_DELTA}`);
  }
  return { value, bits };
}

function firstNoiseWord(difference: number): Word {
  const value = difference + NOISE_OFFSET;
  if (value < 0 || value >= 1 << NOISE_BITS) {
    throw new AacError(`an energy of noise is ${difference} from the gain`);
  }
  return { value, bits: NOISE_BITS };
}
