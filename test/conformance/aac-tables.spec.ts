import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bandOffsetsOf,
  bandRange,
  chooseSections,
  createChannelFrame,
  EIGHT_SHORT,
  FRAME_BINS,
  LONG_START,
  LONG_STOP,
  NOISE_BOOK,
  SHORT_BINS,
  SPECTRAL_CODEBOOKS,
  writeRawDataBlock,
} from '#protocol/aac';
import { joinAdts, SeededRandom } from '#testkit';

type Channel = ReturnType<typeof createChannelFrame>;

const room = new Uint8Array(2000);
let folder: string;

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'aac-tables-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A long frame with all bands of the rate, whose books and values are to be set. */
function fullFrame(sampleRateHz: number): Channel {
  const frame = createChannelFrame();
  frame.maxSfb = bandOffsetsOf(sampleRateHz).long.length - 1;
  frame.scalefactors.fill(100);
  return frame;
}

/** Every codeword of a codebook, one after the other; neighbouring bands have scalefactors of their own. */
function codewordFrame(book: number, sampleRateHz: number): Channel {
  const random = new SeededRandom(book);
  const { dimension, isSigned, largest, codes } = SPECTRAL_CODEBOOKS[book - 1]!;
  const base = isSigned ? 2 * largest + 1 : largest + 1;
  const frame = fullFrame(sampleRateHz);
  frame.codebooks.fill(book);
  // The large values of the last book are sent softly, or rounding in the decoder would drown the frames beside.
  const softest = book === 11 ? 60 : 100;
  frame.scalefactors.forEach((_, band) => (frame.scalefactors[band] = softest + ((5 * band) % 13)));
  for (let at = 0; at < codes.length * dimension; at += dimension) {
    let place = at / dimension;
    for (let back = at + dimension - 1; back >= at; back -= 1) {
      const digit = place % base;
      place = Math.floor(place / base);
      const size = book === 11 && digit === 16 ? escaped(random) : digit;
      frame.quantised[back] = isSigned ? digit - largest : random.below(2) === 0 ? size : -size;
    }
  }
  return frame;
}

/** A size of every length of escape. */
function escaped(random: SeededRandom): number {
  const exponent = 4 + random.below(9);
  return 2 ** exponent + random.below(2 ** exponent);
}

/** Steps of the scalefactors: up and down again by each of these. */
function stepFrame(steps: readonly number[], sampleRateHz: number): Channel {
  const frame = fullFrame(sampleRateHz);
  frame.quantised.fill(1);
  steps.forEach((step, at) => (frame.scalefactors[2 * at + 1] = 100 + step));
  chooseSections(frame, bandOffsetsOf(sampleRateHz).long);
  return frame;
}

/** Nowhere zero, and every band as loud as none beside it: a border that is elsewhere is heard. */
function borderFrame(sampleRateHz: number, groups?: readonly number[]): Channel {
  const { long, short } = bandOffsetsOf(sampleRateHz);
  const frame = fullFrame(sampleRateHz);
  if (groups !== undefined) {
    frame.windowSequence = EIGHT_SHORT;
    frame.maxSfb = short.length - 1;
    frame.groupCount = groups.length;
    frame.groupLengths.set(groups);
  }
  const random = new SeededRandom(frame.groupCount);
  frame.quantised.forEach((_, at) => {
    frame.quantised[at] = (1 + random.below(7)) * (random.below(2) === 0 ? 1 : -1);
  });
  frame.scalefactors.forEach((_, band) => (frame.scalefactors[band] = 100 + ((5 * band) % 13)));
  chooseSections(frame, groups === undefined ? long : short);
  return frame;
}

/** The spectrum a decoder must make of it, window after window. */
function expectedSpectrum(frame: Channel, sampleRateHz: number): Float64Array {
  const { long, short } = bandOffsetsOf(sampleRateHz);
  const isShort = frame.windowSequence === EIGHT_SHORT;
  const offsets = isShort ? short : long;
  const spectrum = new Float64Array(FRAME_BINS);
  for (let band = 0; band < frame.groupCount * frame.maxSfb; band += 1) {
    const { values, start, end } = bandRange(frame, offsets, band);
    const group = Math.floor(band / frame.maxSfb);
    const firstBin = offsets[band % frame.maxSfb]!;
    const width = offsets[(band % frame.maxSfb) + 1]! - firstBin;
    const firstWindow = frame.groupLengths.slice(0, group).reduce((sum, next) => sum + next, 0);
    for (let at = start; at < end; at += 1) {
      const window = firstWindow + Math.floor((at - start) / width);
      const value = values[at]!;
      const gain = 2 ** ((frame.scalefactors[band]! - 100) / 4);
      const bin = firstBin + ((at - start) % width);
      spectrum[window * SHORT_BINS + bin] = Math.sign(value) * Math.abs(value) ** (4 / 3) * gain;
    }
  }
  return spectrum;
}

/** Between frames of silence, so that every frame in question can be transformed again. */
function streamOf(frames: readonly Channel[], sampleRateHz: number): Buffer {
  const offsets = bandOffsetsOf(sampleRateHz);
  const silent = createChannelFrame();
  const raw = [silent, ...frames, silent, silent].map((channel) =>
    room.slice(0, writeRawDataBlock({ offsets, channels: [channel], fillBytes: 0 }, room)),
  );
  return joinAdts(raw, { sampleRateHz, channels: 1 });
}

type Decoder = (adts: Buffer) => Float32Array;

const floats = (bytes: Buffer): Float32Array =>
  Float32Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readFloatLE(4 * at));

const ffmpeg: Decoder = (adts) =>
  floats(
    execFileSync('ffmpeg', '-v error -xerror -f aac -i - -f f32le -'.split(' '), { input: adts }),
  );

/** Gives nothing for the first frame, and makes two channels of one. */
const faad: Decoder = (adts) => {
  writeFileSync(join(folder, 'in.aac'), adts);
  execFileSync('faad', [
    '-q',
    '-b',
    '4',
    '-f',
    '2',
    '-o',
    join(folder, 'out'),
    join(folder, 'in.aac'),
  ]);
  const pairs = floats(readFileSync(join(folder, 'out')));
  const sound = new Float32Array(FRAME_BINS + pairs.length / 2);
  sound.set(
    pairs.filter((_, at) => at % 2 === 0),
    FRAME_BINS,
  );
  return sound;
};

/** MDCT with the sine window, in units of 16 bits; the inverse of what a decoder does (section 4.6.11). */
function mdct(samples: Float32Array, bins: number): Float64Array {
  const size = 2 * bins;
  const cosines = Float64Array.from({ length: 4 * size }, (_, at) =>
    Math.cos((Math.PI * at) / (2 * size)),
  );
  const windowed = samples.map((sample, at) => sample * Math.sin((Math.PI * (at + 0.5)) / size));
  return Float64Array.from({ length: bins }, (_, bin) => {
    let sum = 0;
    for (let at = 0; at < size; at += 1) {
      sum += windowed[at]! * cosines[((2 * at + 1 + bins) * (2 * bin + 1)) % (4 * size)]!;
    }
    return 2 * 32_768 * sum;
  });
}

function spectrumOf(sound: Float32Array, frame: number, isShort: boolean): Float64Array {
  const from = (frame + 1) * FRAME_BINS;
  if (!isShort) return mdct(sound.slice(from, from + 2 * FRAME_BINS), FRAME_BINS);
  const spectrum = new Float64Array(FRAME_BINS);
  for (let window = 0; window < 8; window += 1) {
    const start = from + 448 + window * SHORT_BINS;
    spectrum.set(mdct(sound.slice(start, start + 2 * SHORT_BINS), SHORT_BINS), window * SHORT_BINS);
  }
  return spectrum;
}

/**
 * Largest difference of a coefficient from what is expected, in parts of itself; next to larger ones what rounding may
 * do counts less.
 */
function largestError(found: Float64Array, expected: Float64Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors = found.map((value, bin) => {
    const right = expected[bin]!;
    return Math.abs(value - right) / (Math.abs(right) + largest / 10_000);
  });
  return Math.max(...errors);
}

/** A wrong codeword, step or border is an error of a tenth at least: sizes next to each other, a scalefactor beside. */
const MOST_ERROR = 0.01;

/** Faad makes 32 kHz of 16 kHz. */
const JUDGES = [
  { program: 'ffmpeg', decode: ffmpeg, sampleRateHz: 48_000 },
  { program: 'ffmpeg', decode: ffmpeg, sampleRateHz: 44_100 },
  { program: 'ffmpeg', decode: ffmpeg, sampleRateHz: 32_000 },
  { program: 'ffmpeg', decode: ffmpeg, sampleRateHz: 16_000 },
  { program: 'faad', decode: faad, sampleRateHz: 48_000 },
  { program: 'faad', decode: faad, sampleRateHz: 44_100 },
  { program: 'faad', decode: faad, sampleRateHz: 32_000 },
];

describe.each(JUDGES)('at $sampleRateHz Hz $program', ({ decode, sampleRateHz }) => {
  function errorsOf(frames: readonly Channel[]): number[] {
    const sound = decode(streamOf(frames, sampleRateHz));
    expect(sound).toHaveLength((frames.length + 3) * FRAME_BINS);
    return frames.map((frame, at) => {
      const isShort = frame.windowSequence === EIGHT_SHORT;
      return frame.maxSfb === 0
        ? 0
        : largestError(spectrumOf(sound, at, isShort), expectedSpectrum(frame, sampleRateHz));
    });
  }

  it('knows every codeword of every codebook', () => {
    const books = SPECTRAL_CODEBOOKS.map((_, at) => codewordFrame(at + 1, sampleRateHz));

    expect(Math.max(...errorsOf(books))).toBeLessThan(MOST_ERROR);
  });

  it('knows every step of the scalefactors', () => {
    const steps = Array.from({ length: 61 }, (_, step) => step);
    const frames = [steps.slice(0, 21), steps.slice(21, 42), steps.slice(42)].map((some) =>
      stepFrame(some, sampleRateHz),
    );

    expect(Math.max(...errorsOf(frames))).toBeLessThan(MOST_ERROR);
  });

  it('makes noise of the energy that was sent, and leaves the bands beside it alone', () => {
    const frame = borderFrame(sampleRateHz);
    const isNoise = (band: number): boolean => band % 3 === 1;
    const { long } = bandOffsetsOf(sampleRateHz);
    for (let band = 0; band < frame.maxSfb; band += 1) {
      if (!isNoise(band)) continue;
      frame.codebooks[band] = NOISE_BOOK;
      frame.scalefactors[band] = 20 + ((7 * band) % 17);
      frame.quantised.fill(0, long[band], long[band + 1]);
    }
    chooseSections(frame, long);
    const sound = decode(streamOf([frame], sampleRateHz));
    const found = spectrumOf(sound, 0, false);
    const energies = Array.from({ length: frame.maxSfb }, (_, band) =>
      found.subarray(long[band], long[band + 1]).reduce((sum, bin) => sum + bin * bin, 0),
    );
    const expected = expectedSpectrum(frame, sampleRateHz);
    energies.forEach((energy, band) => {
      if (!isNoise(band)) return;
      expect(energy / 2 ** (frame.scalefactors[band]! / 2)).toBeCloseTo(1, 1);
      found.fill(0, long[band], long[band + 1]);
      expected.fill(0, long[band], long[band + 1]);
    });
    expect(largestError(found, expected)).toBeLessThan(MOST_ERROR);
  });

  it('has the bands where we have them, in long windows and in any groups of short ones', () => {
    const [start, stop] = [createChannelFrame(), createChannelFrame()];
    start.windowSequence = LONG_START;
    stop.windowSequence = LONG_STOP;
    const groups = [[8], [1, 1, 1, 1, 1, 1, 1, 1], [3, 1, 4]];
    const short = groups.map((lengths) => borderFrame(sampleRateHz, lengths));

    const errors = errorsOf([borderFrame(sampleRateHz), start, ...short, stop]);

    expect(Math.max(...errors)).toBeLessThan(MOST_ERROR);
  });
});
