import { allocate } from './memory';

/** Window sequence of eight short windows. */
export const EIGHT_SHORT: i32 = 2;

/** Bins of one frame and channel. */
export const FRAME_BINS: i32 = 1024;

/**
 * One encoder. Behind this head lie, for each channel, the history of its resampler (`taps` f32) and three blocks of the
 * grid (`bins` f32 each), oldest first; the newest is being filled. What finds attacks lies behind: of each channel behind
 * its blocks, of the instance at the end.
 */
@unmanaged
export class Instance {
  // Options, as the host gave them.
  channels: i32 = 0;
  /** 1, 2 or 4: the transform has 1024 / decimation bins. */
  decimation: i32 = 0;
  /** Phases of the bank, and steps of one phase from sample to sample of the grid. */
  up: i32 = 0;
  down: i32 = 0;
  /** 0: the samples of the source are those of the grid. */
  taps: i32 = 0;
  bank: u32 = 0;
  usableBins: i32 = 0;
  /** Tables of the transforms (see transform.ts) and band offsets (i32, one more than bands), long and short. */
  longTransform: u32 = 0;
  shortTransform: u32 = 0;
  longBands: u32 = 0;
  shortBands: u32 = 0;
  shortBlocks: i32 = 0;

  // The resampler and the block that is being filled.
  phase: i32 = 0;
  newest: i32 = 0;
  have: i32 = 0;
  blocks: i32 = 0;

  // Figures for tests.
  frames: i32 = 0;
  passes: i32 = 0;
}

/** Bytes of the head: room to grow, a multiple of 16. */
const HEAD_BYTES: i32 = 512;

/** Bytes of what attack.ts knows: of an instance, and of a channel the energies (f32) of 24 parts of blocks. */
const ATTACK_BYTES: i32 = 16 + 2 * 3 * 16 * 4;
const CHANNEL_ATTACK_BYTES: i32 = 24 * 4;

function channelBytes(taps: i32, decimation: i32): i32 {
  const blocks = 3 * (FRAME_BINS / decimation) * 4;
  return ((taps * 4 + 15) & ~15) + blocks + CHANNEL_ATTACK_BYTES;
}

/** The history of a channel's resampler. */
export function historyOf(self: Instance, channel: i32): usize {
  return changetype<usize>(self) + HEAD_BYTES + channel * channelBytes(self.taps, self.decimation);
}

/** The three blocks of a channel. */
export function blocksOf(self: Instance, channel: i32): usize {
  return historyOf(self, channel) + ((self.taps * 4 + 15) & ~15);
}

/** What finds attacks, of the instance and of a channel: see attack.ts. */
export function attackOf(self: Instance): usize {
  return historyOf(self, self.channels);
}

export function channelAttackOf(self: Instance, channel: i32): usize {
  return blocksOf(self, channel) + 3 * (FRAME_BINS / self.decimation) * 4;
}

/** A new instance, all zero but for what gives it its size. */
export function createInstance(channels: i32, decimation: i32, taps: i32): usize {
  const at = allocate(instanceBytes(channels, decimation, taps));
  const self = changetype<Instance>(at);
  self.channels = channels;
  self.decimation = decimation;
  self.taps = taps;
  return at;
}

/** What the plan of resampling says, and where its bank lies. */
export function setPlan(
  at: usize,
  up: i32,
  down: i32,
  bank: usize,
  firstPhase: i32,
  firstNewest: i32,
  usableBins: i32,
): void {
  const self = changetype<Instance>(at);
  self.up = up;
  self.down = down;
  self.bank = <u32>bank;
  self.phase = firstPhase;
  self.newest = firstNewest;
  self.usableBins = usableBins;
}

/** The transforms, and the offsets of the bands. */
export function setTransforms(
  at: usize,
  longTransform: usize,
  shortTransform: usize,
  longBands: usize,
  shortBands: usize,
): void {
  const self = changetype<Instance>(at);
  self.longTransform = <u32>longTransform;
  self.shortTransform = <u32>shortTransform;
  self.longBands = <u32>longBands;
  self.shortBands = <u32>shortBands;
}

/** Whether attacks get short windows. */
export function setShortBlocks(at: usize, shortBlocks: i32): void {
  changetype<Instance>(at).shortBlocks = shortBlocks;
}

/** Bytes of an instance with such options; the host keeps them, for an instance that trapped may hold anything. */
export function instanceBytes(channels: i32, decimation: i32, taps: i32): i32 {
  return HEAD_BYTES + channels * channelBytes(taps, decimation) + ATTACK_BYTES;
}
