import { GROUP_LENGTHS, setAttack, setLongFrame, setShortFrame } from './frame';
import { EIGHT_SHORT } from './instance';
import {
  add,
  highHalves,
  loadFloat,
  loadInt,
  loadLanes,
  mul,
  storeFloat,
  storeInt,
  sub,
  sumOfLanes,
} from './lanes';

// Mirrors libs/protocol/aac/src/signal/attack.ts, with its numbers.
const PARTS: i32 = 16;
const MEMORY: i32 = 8;
const BLOCKS: i32 = 3;
const SHORT_BEGIN: i32 = 7;
const SHORT_END: i32 = 9;
const FLOOR: f32 = 64;
const GROUP_RATIO: f32 = 6;
const SHORT_WINDOWS: i32 = 8;

/** Window sequences. */
const ONLY_LONG: i32 = 0;
export const LONG_START: i32 = 1;
export const LONG_STOP: i32 = 3;

/** Per instance: whether the frame before was short, loudness (f32) and levels (i32) of the parts of three blocks. */
const LOUDNESS: usize = 16;
const LEVELS: usize = 16 + 3 * 16 * 4;
/** Makes room for a new block. */
export function beginBlock(state: usize): void {
  const kept = (BLOCKS - 1) * PARTS * 4;
  memory.copy(state + LOUDNESS, state + LOUDNESS + PARTS * 4, kept);
  memory.fill(state + LOUDNESS + kept, 0, PARTS * 4);
  memory.copy(state + LEVELS, state + LEVELS + PARTS * 4, kept);
  memory.fill(state + LEVELS + kept, 0, PARTS * 4);
}

/**
 * Measures the newest block of one channel.
 *
 * @param block Its samples; the last sample of the block before lies in front of it.
 * @param energies The channel's state.
 */
export function measureBlock(state: usize, energies: usize, block: usize, samples: i32): void {
  memory.copy(energies, energies + PARTS * 4, MEMORY * 4);
  const perPart = samples / PARTS;
  const floor: f32 = FLOOR * <f32>perPart;
  for (let part = 0; part < PARTS; part++) {
    let squares = f32x4.splat(0);
    const from = part * perPart;
    for (let n = from; n < from + perPart; n += 4) {
      const step = sub(loadLanes(block, n), loadLanes(block - 4, n));
      squares = add(squares, mul(step, step));
    }
    note(state, energies, part, sumOfLanes(squares), floor);
  }
}

function note(state: usize, energies: usize, part: i32, energy: f32, floor: f32): void {
  const lastEight = f32x4.max(loadLanes(energies, part), loadLanes(energies, part + 4));
  const pairs = f32x4.max(lastEight, highHalves(lastEight, lastEight));
  const before = max<f32>(
    floor,
    max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1)),
  );
  storeFloat(energies, part + MEMORY, energy);
  const place = (BLOCKS - 1) * PARTS + part;
  const loudness = state + LOUDNESS;
  storeFloat(loudness, place, loadFloat(loudness, place) + energy);
  if (!(energy > <f32>10 * before)) return;
  const level = energy > <f32>640 * before ? 3 : energy > <f32>80 * before ? 2 : 1;
  const levels = state + LEVELS;
  storeInt(levels, place, max<i32>(loadInt(levels, place), level));
}

function highest(state: usize, from: i32, to: i32): i32 {
  let found = 0;
  for (let at = from; at < to; at++) found = max<i32>(found, loadInt(state + LEVELS, at));
  return found;
}

function isShort(state: usize, first: i32): bool {
  return highest(state, first + SHORT_BEGIN, first + PARTS + SHORT_END) > 0;
}

/**
 * Decides about the frame whose second half is the newest block, or the one before it when looking ahead, and tells
 * frame.ts.
 *
 * @returns The window sequence.
 */
export function decide(state: usize, lookAhead: bool, samples: i32): i32 {
  const first = lookAhead ? 0 : PARTS;
  setAttack(highest(state, first + PARTS / 4, first + 2 * PARTS));
  const sequence = lookAhead ? sequenceOf(state) : ONLY_LONG;
  if (sequence == EIGHT_SHORT) setShortFrame(group(state, FLOOR * <f32>(samples / PARTS)));
  else setLongFrame(sequence);
  return sequence;
}

function sequenceOf(state: usize): i32 {
  const before = load<i32>(state) != 0;
  const next = isShort(state, PARTS);
  const here = isShort(state, 0) || (before && next);
  store<i32>(state, here ? 1 : 0);
  if (here) return EIGHT_SHORT;
  if (before) return LONG_STOP;
  return next ? LONG_START : ONLY_LONG;
}

/** A short window is four parts long, the next begins two parts later. */
function group(state: usize, floor: f32): i32 {
  const loudness = state + LOUDNESS;
  let loudest: f32 = 0;
  let softest: f32 = 0;
  let groups = 0;
  for (let window = 0; window < SHORT_WINDOWS; window++) {
    let energy = floor;
    const begin = SHORT_BEGIN + 2 * window;
    for (let at = begin; at < begin + 4; at++) energy += loadFloat(loudness, at);
    loudest = max<f32>(loudest, energy);
    softest = min<f32>(softest, energy);
    if (window == 0 || loudest > GROUP_RATIO * softest) {
      storeInt(GROUP_LENGTHS, groups, 0);
      groups++;
      loudest = energy;
      softest = energy;
    }
    storeInt(GROUP_LENGTHS, groups - 1, loadInt(GROUP_LENGTHS, groups - 1) + 1);
  }
  return groups;
}
