import { spectrumOf } from './frame';
import { attackOf, blocksOf, channelAttackOf, EIGHT_SHORT, FRAME_BINS, Instance } from './instance';
import { GRID, GRID_ROOM, resample } from './resample';
import { beginBlock, decide, LONG_START, LONG_STOP, measureBlock } from './attack';
import { transformShort } from './short-windows';
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

/** The newest block is full: decides about a frame and transforms its two blocks; then all move one place on. */
function complete(self: Instance, bins: i32): bool {
  const bytes = (<usize>bins) << 2;
  const lookAhead = self.shortBlocks != 0;
  const attack = attackOf(self);
  beginBlock(attack);
  for (let channel = 0; channel < self.channels; channel++) {
    const newest = blocksOf(self, channel) + 2 * bytes;
    measureBlock(attack, channelAttackOf(self, channel), newest, bins);
  }
  self.blocks++;
  const isReady = !lookAhead || self.blocks > 1;
  const sequence = isReady ? decide(attack, lookAhead, bins) : 0;
  for (let channel = 0; channel < self.channels; channel++) {
    const blocks = blocksOf(self, channel);
    const from = lookAhead ? blocks : blocks + bytes;
    if (isReady) transformBlocks(self, sequence, from, spectrumOf(channel));
    if (lookAhead) memory.copy(blocks, blocks + bytes, bytes);
    memory.copy(blocks + bytes, blocks + 2 * bytes, bytes);
  }
  return isReady;
}

/** Two blocks, one behind the other. */
function transformBlocks(self: Instance, sequence: i32, blocks: usize, out: usize): void {
  const scale: f32 = <f32>2 * <f32>self.decimation;
  const usable = self.usableBins;
  if (sequence == EIGHT_SHORT) {
    const short = changetype<Transform>(<usize>self.shortTransform);
    transformShort(short, blocks, self.shortBands, (usable + 7) >> 3, out, scale);
    return;
  }
  const tables = changetype<Transform>(<usize>self.longTransform);
  const slope: usize = tables.slope;
  const edge: usize = tables.edge;
  const rising = sequence == LONG_STOP ? edge : slope;
  const falling = sequence == LONG_START ? edge : slope;
  const second = blocks + ((<usize>tables.bins) << 2);
  transform(tables, blocks, second, rising, falling, out, scale);
  memory.fill(out + ((<usize>usable) << 2), 0, (FRAME_BINS - usable) << 2);
}
