import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  AacError,
  bandOffsetsOf,
  createChannelFrame,
  EIGHT_SHORT,
  FRAME_BINS,
  LONG_START,
  LONG_STOP,
  MAX_CHANNEL_BANDS,
  MAX_SCALEFACTOR_DELTA,
  ONLY_LONG,
  SCALEFACTOR_CODEBOOK,
  SHORT_BINS,
  SHORT_WINDOWS,
  SPECTRAL_CODEBOOKS,
} from '../index.ts';

const checksum = (...lists: Iterable<number>[]): string =>
  createHash('sha256')
    .update(lists.map((list) => [...list].join()).join(';'))
    .digest('hex')
    .slice(0, 16);

const books = [
  ...SPECTRAL_CODEBOOKS.map((book, at) => ({ name: `codebook ${at + 1}`, ...book })),
  { name: 'the codebook of scalefactors', ...SCALEFACTOR_CODEBOOK },
];

describe('the tables of the standard', () => {
  it.each(books)('$name is a complete prefix code', ({ codes, lengths }) => {
    const words = [...codes].map((code, at) => code.toString(2).padStart(lengths[at]!, '0'));

    expect(words.map((word) => word.length)).toEqual([...lengths]);
    words.sort();
    // In order, a word that begins another one stands right before it.
    expect(words.filter((word, at) => words[at + 1]?.startsWith(word))).toEqual([]);
    expect(words.reduce((sum, word) => sum + 2 ** -word.length, 0)).toBe(1);
  });

  it('every book has a codeword for all that its values can be', () => {
    const sizes = SPECTRAL_CODEBOOKS.map(
      ({ dimension, isSigned, largest }) => ((isSigned ? 2 : 1) * largest + 1) ** dimension,
    );
    expect(SPECTRAL_CODEBOOKS.map((book) => book.codes.length)).toEqual(sizes);
    expect(SCALEFACTOR_CODEBOOK.codes).toHaveLength(2 * MAX_SCALEFACTOR_DELTA + 1);
  });

  it.each([
    { rate: 48_000, long: 49, short: 14 },
    { rate: 44_100, long: 49, short: 14 },
    { rate: 32_000, long: 51, short: 14 },
    { rate: 16_000, long: 43, short: 15 },
  ])('at $rate Hz there are $long long and $short short bands', ({ rate, long, short }) => {
    const offsets = bandOffsetsOf(rate);

    expect([offsets.long.length - 1, offsets.short.length - 1]).toEqual([long, short]);
    expect([offsets.long.at(-1), offsets.short.at(-1)]).toEqual([FRAME_BINS, SHORT_BINS]);
    for (const list of [offsets.long, offsets.short]) {
      const widths = [...list.subarray(1)].map((end, at) => end - list[at]!);
      expect(widths.filter((width) => width <= 0 || width % 4 !== 0)).toEqual([]);
    }
    expect(SHORT_WINDOWS * (offsets.short.length - 1)).toBeLessThanOrEqual(MAX_CHANNEL_BANDS);
  });

  it('there are no bands of other rates', () => {
    expect(() => bandOffsetsOf(44_101)).toThrow(AacError);
  });

  it('nobody changed a number by mistake', () => {
    const rates = [48_000, 44_100, 32_000, 16_000].map(bandOffsetsOf);
    expect(books.map(({ codes, lengths }) => checksum(codes, lengths))).toMatchInlineSnapshot(`
      [
        "22ec1085f9e07e88",
        "8a24269011ee23ac",
        "311a27871102e9ee",
        "c7e705a1a16ceaf7",
        "4a788d02341b3715",
        "5ee7e8e17a847b0d",
        "3352b64362a00cfa",
        "940391773d906c43",
        "7597faa6b424ae52",
        "8fe28a617c096fb5",
        "8eb19b3ea3922d65",
        "b61d1fa2fef62539",
      ]
    `);
    expect(rates.map(({ long, short }) => checksum(long, short))).toMatchInlineSnapshot(`
      [
        "9fca2b65297f5046",
        "9fca2b65297f5046",
        "f9aa7f77d1adff83",
        "91951963517b3201",
      ]
    `);
  });

  it('a new frame is a silent long one', () => {
    const frame = createChannelFrame();
    expect(frame).toMatchObject({ windowSequence: ONLY_LONG, maxSfb: 0, groupCount: 1 });
    expect(new Set([ONLY_LONG, LONG_START, EIGHT_SHORT, LONG_STOP]).size).toBe(4);
  });
});
