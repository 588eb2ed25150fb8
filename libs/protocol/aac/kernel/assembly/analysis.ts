import { setAttack, setLongFrame, spectrumOf } from './frame';
import { blocksOf, FRAME_BINS, Instance } from './instance';
import { GRID, GRID_ROOM, resample } from './resample';
import { transform, Transform } from './transform';

/**
 * Takes `count` samples per channel from INPUT: resamples them into the block that is being filled. At most one block
 * becomes complete: `count` is 20 ms or less.
 *
 * @returns Whether a frame's spectra are ready.
 */
export function analyse(self: Instance, count: i32): bool {
  const bins = FRAME_BINS / self.decimation;
  const have = self.have;
  let made = 0;
  for (let channel = 0; channel < self.channels; channel++) {
    made = resample(self, channel, count);
    const into = blocksOf(self, channel) + ((<usize>(2 * bins + have)) << 2);
    memory.copy(into, GRID + ((<usize>(channel * GRID_ROOM)) << 2), min(made, bins - have) << 2);
  }
  if (have + made < bins) {
    self.have = have + made;
    return false;
  }
  const isReady = complete(self, bins);
  const rest = have + made - bins;
  for (let channel = 0; channel < self.channels; channel++) {
    const from = GRID + ((<usize>(channel * GRID_ROOM + made - rest)) << 2);
    memory.copy(blocksOf(self, channel) + ((<usize>(2 * bins)) << 2), from, rest << 2);
  }
  self.have = rest;
  return isReady;
}

/** The newest block is full: transforms it with the one before, and moves all one place on. */
function complete(self: Instance, bins: i32): bool {
  self.blocks++;
  setLongFrame(0);
  setAttack(0);
  const tables = changetype<Transform>(<usize>self.longTransform);
  const bytes = (<usize>bins) << 2;
  for (let channel = 0; channel < self.channels; channel++) {
    const blocks = blocksOf(self, channel);
    const out = spectrumOf(channel);
    const first = blocks + bytes;
    const scale: f32 = <f32>2 * <f32>self.decimation;
    transform(tables, first, first + bytes, tables.slope, tables.slope, out, scale);
    memory.fill(out + ((<usize>self.usableBins) << 2), 0, (FRAME_BINS - self.usableBins) << 2);
    memory.copy(blocks, blocks + bytes, 2 * bytes);
  }
  return true;
}
