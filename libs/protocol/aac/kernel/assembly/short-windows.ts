import { GROUP_LENGTHS, groupCount } from './frame';
import { loadInt } from './lanes';
import { transform, Transform } from './transform';

const SHORT_BINS: i32 = 128;
const SHORT_WINDOWS: i32 = 8;

/** Spectra of the eight windows, 128 bins each; those that the transform does not reach stay 0. */
const windows = memory.data(1024 * 4, 16);

/**
 * The eight short transforms of two blocks that lie one behind the other, in the order of transmission.
 *
 * @param blocks 16 times the bins of the short transform.
 * @param bands Offsets of the short bands (i32), the end behind them.
 * @param usable Bins of a short window that can hold something.
 * @param out 1024 bins.
 */
export function transformShort(
  tables: Transform,
  blocks: usize,
  bands: usize,
  usable: i32,
  out: usize,
  scale: f32,
): void {
  const bins = tables.bins;
  const bytes = (<usize>bins) << 2;
  const begin = blocks + ((7 * bytes) >> 1);
  const slope: usize = tables.slope;
  for (let window = 0; window < SHORT_WINDOWS; window++) {
    const first = begin + <usize>window * bytes;
    const into = windows + window * SHORT_BINS * 4;
    transform(tables, first, first + bytes, slope, slope, into, scale);
    memory.fill(into + ((<usize>usable) << 2), 0, (SHORT_BINS - usable) << 2);
  }
  interleave(bands, usable, out);
}

/** By group, in a group by band, in a band by window. */
function interleave(bands: usize, usable: i32, out: usize): void {
  memory.fill(out, 0, 1024 * 4);
  let first = 0;
  for (let group = 0; group < groupCount; group++) {
    const length = loadInt(GROUP_LENGTHS, group);
    for (let window = 0; window < length; window++) {
      const from = windows + (first + window) * SHORT_BINS * 4;
      const into = out + first * SHORT_BINS * 4;
      for (let band = 0; loadInt(bands, band) < usable; band++) {
        const start = loadInt(bands, band);
        const width = loadInt(bands, band + 1) - start;
        const at = length * start + window * width;
        memory.copy(into + (at << 2), from + (start << 2), width << 2);
      }
    }
    first += length;
  }
}
