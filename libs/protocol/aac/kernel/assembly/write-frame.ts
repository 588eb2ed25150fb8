import { beginBits, endBits, put } from './bit-writer';
import {
  codebooksOf,
  maxSfb,
  quantisedOf,
  scalefactorsOf,
  spectrumOf,
  windowSequence,
} from './frame';
import { Instance } from './instance';
import { loadInt } from './lanes';
import { placeOf } from './sections';
import { CODES, LENGTHS, SCALEFACTOR_CODES, SCALEFACTOR_LENGTHS } from './tables';

const BOOK_ROW: i32 = 289 * 4;

function putEscape(size: i32): void {
  const exponent = 31 - clz(size);
  put((1 << (exponent - 3)) - 2, exponent - 3);
  put(size - (1 << exponent), exponent);
}

function putSpectrum(channel: i32, from: i32, to: i32, book: i32): void {
  const codes = CODES + book * BOOK_ROW;
  const lengths = LENGTHS + book * BOOK_ROW;
  const spectrum = spectrumOf(channel);
  const values = quantisedOf(channel);
  const step = book <= 4 ? 4 : 2;
  const hasSigns = !(book <= 2 || book == 5 || book == 6);
  for (let at = from; at < to; at += step) {
    const place = placeOf(spectrum, values, at, book);
    let code: u32 = loadInt(codes, place);
    let bits = loadInt(lengths, place);
    for (let next = at; hasSigns && next < at + step; next++) {
      if (loadInt(values, next) == 0) continue;
      code = (code << 1) | (load<u32>(spectrum + ((<usize>next) << 2)) >> 31);
      bits++;
    }
    put(code, bits);
    for (let next = at; book == 11 && next < at + 2; next++) {
      if (loadInt(values, next) >= 16) putEscape(loadInt(values, next));
    }
  }
}

function putChannel(self: Instance, channel: i32, bandCount: i32): void {
  const books = codebooksOf(channel);
  const factors = scalefactorsOf(channel);
  let gain = 100;
  for (let sfb = bandCount - 1; sfb >= 0; sfb--) {
    if (loadInt(books, sfb) != 0) gain = loadInt(factors, sfb);
  }
  put(gain, 8);
  put((windowSequence << 1) | 0, 4);
  put(bandCount, 6);
  put(0, 1);
  for (let sfb = 0; sfb < bandCount;) {
    const book = loadInt(books, sfb);
    let end = sfb + 1;
    while (end < bandCount && loadInt(books, end) == book) end++;
    put(book, 4);
    let rest = end - sfb;
    for (; rest >= 31; rest -= 31) put(31, 5);
    put(rest, 5);
    sfb = end;
  }
  let before = gain;
  for (let sfb = 0; sfb < bandCount; sfb++) {
    if (loadInt(books, sfb) == 0) continue;
    const step = loadInt(factors, sfb) - before + 60;
    put(loadInt(SCALEFACTOR_CODES, step), loadInt(SCALEFACTOR_LENGTHS, step));
    before = loadInt(factors, sfb);
  }
  put(0, 3);
  const bands: usize = self.longBands;
  for (let sfb = 0; sfb < bandCount; sfb++) {
    const book = loadInt(books, sfb);
    if (book != 0) putSpectrum(channel, loadInt(bands, sfb), loadInt(bands, sfb + 1), book);
  }
}

/** Writes a raw_data_block of one channel into OUTPUT. @returns Its bytes. */
export function writeFrame(self: Instance): i32 {
  let bandCount = maxSfb;
  while (bandCount > 0 && loadInt(codebooksOf(0), bandCount - 1) == 0) bandCount--;
  beginBits();
  put(0, 7);
  putChannel(self, 0, bandCount);
  put(7, 3);
  return endBits();
}
