import { historyOf, Instance } from './instance';
import { add, loadLanes, mul, storeFloat, storeLanes, sumOfLanes } from './lanes';

/** Where the host writes PCM, 16 bit, two channels interleaved: at most 20 ms at 48 kHz, 960 samples of a channel. */
export const INPUT: usize = memory.data(2 * 960 * 2 + 16, 16);
/** Samples of the grid made of it, one channel after the other, `GRID_ROOM` each. */
export const GRID: usize = memory.data(2 * 1024 * 4, 16);
export const GRID_ROOM: i32 = 1024;
const MAX_TAPS: i32 = 512;
/** Zeros in front of the samples: the first sample of a grid may reach back beyond the history. */
const ZEROS: i32 = 16;
/** History and new samples of one channel. */
const samples = memory.data(ZEROS + (MAX_TAPS + 960 + 8) * 4, 16) + ZEROS;

/** Brings the PCM of one channel behind its history in `samples`, as f32 in units of 16 bit. */
function gather(self: Instance, channel: i32, count: i32): void {
  const base = samples + ((<usize>self.taps) << 2);
  if (self.channels == 1) {
    for (let at = 0; at < count; at += 8) {
      const pcm = v128.load(INPUT + ((<usize>at) << 1));
      storeLanes(base, at, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(pcm)));
      storeLanes(base, at + 4, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(pcm)));
    }
    return;
  }
  for (let at = 0; at < count; at += 4) {
    const pairs = v128.load(INPUT + ((<usize>at) << 2));
    const one = channel == 0 ? i32x4.shr_s(i32x4.shl(pairs, 16), 16) : i32x4.shr_s(pairs, 16);
    storeLanes(base, at, f32x4.convert_i32x4_s(one));
  }
}

/** The sum of products of `taps` samples and coefficients: 16 at a time, 8 that are left at the end. */
function filtered(taps: i32, oldest: usize, row: usize): f32 {
  let a = mul(v128.load(oldest), v128.load(row));
  let b = mul(v128.load(oldest, 16), v128.load(row, 16));
  const end = row + ((<usize>taps) << 2);
  oldest += 32;
  row += 32;
  while (row + 64 <= end) {
    a = add(a, mul(v128.load(oldest), v128.load(row)));
    b = add(b, mul(v128.load(oldest, 16), v128.load(row, 16)));
    a = add(a, mul(v128.load(oldest, 32), v128.load(row, 32)));
    b = add(b, mul(v128.load(oldest, 48), v128.load(row, 48)));
    oldest += 64;
    row += 64;
  }
  if (row < end) {
    a = add(a, mul(v128.load(oldest), v128.load(row)));
    b = add(b, mul(v128.load(oldest, 16), v128.load(row, 16)));
  }
  return sumOfLanes(add(a, b));
}

/**
 * Resamples `count` new samples of one channel to the grid. The caller advances the phase once for all channels.
 *
 * @returns How many samples of the grid there are; they lie at `GRID + channel * GRID_ROOM`.
 */
export function resample(self: Instance, channel: i32, count: i32): i32 {
  const taps = self.taps;
  const out = GRID + ((<usize>(channel * GRID_ROOM)) << 2);
  const history = historyOf(self, channel);
  memory.copy(samples, history, taps << 2);
  gather(self, channel, count);
  if (taps == 0) {
    memory.copy(out, samples, count << 2);
    return count;
  }
  const up = self.up;
  const whole = self.down / up;
  const rest = self.down - whole * up;
  let newest = self.newest;
  let phase = self.phase;
  let made = 0;
  while (newest < count) {
    const oldest = samples + ((<usize>(newest + 1)) << 2);
    storeFloat(
      out,
      made,
      filtered(taps, oldest, <usize>self.bank + ((<usize>(phase * taps)) << 2)),
    );
    made++;
    newest += whole;
    phase += rest;
    if (phase >= up) {
      phase -= up;
      newest++;
    }
  }
  memory.copy(history, samples + ((<usize>count) << 2), taps << 2);
  if (channel == self.channels - 1) {
    self.newest = newest - count;
    self.phase = phase;
  }
  return made;
}
