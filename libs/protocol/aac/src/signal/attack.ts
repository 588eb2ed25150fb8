import { SHORT_WINDOWS } from '../frame/channel-frame.ts';
import type { WindowSequence } from './window.ts';
import { windowSequenceOf } from './window.ts';

/** Parts of a block of 1024 stream samples whose loudness is looked at: 64 samples each. */
const PARTS = 16;
/** How many parts before one are compared with it: longer than the period of a low voice. */
const MEMORY = 8;
/** Blocks that are kept: the two of a window and one to look ahead. */
const BLOCKS = 3;
/** The part with which the first short window begins, and the one behind the last in the second block. */
const SHORT_BEGIN = 7;
const SHORT_END = 9;
/** Energy of a sample's difference to the one before, in units of 16 bit: softer parts are no attack, and no quiet. */
const FLOOR = 64;
/** By how much a part must be louder than all before it, in energy, for an attack of level 1, 2 and 3. */
const RISES = [10, 80, 640];
/** Short windows within this ratio of energies share their scalefactors. */
const GROUP_RATIO = 6;

/** What kind of window a frame gets, and how much of an attack is in it. */
export interface BlockDecision {
  windowSequence: WindowSequence;
  groupCount: number;
  /** Windows of each group; `groupCount` entries are in use. */
  readonly groupLengths: Uint8Array;
  /** 0 no attack, 1 to 3 how hard it is: the noise of this frame is heard before the attack. */
  attack: number;
}

/**
 * Finds attacks: parts of a block that are much louder than all of the last 512 samples, and decides the windows. The
 * loudness is that of the differences of the samples, which leaves low tones out. All channels take the same decision.
 *
 * @see ISO/IEC 14496-3 section 4.6.11.3.2 (window sequences) and 4.5.2.3.4 (grouping)
 */
export class AttackDetector {
  readonly #partSamples: number;
  readonly #floor: number;
  readonly #lookAhead: boolean;
  /** Per channel the energies of the last parts and those of the newest block. */
  readonly #energies: readonly Float64Array[];
  readonly #lastSamples: Float64Array;
  /** Over all channels, of the last blocks. */
  readonly #loudness = new Float64Array(BLOCKS * PARTS);
  readonly #levels = new Uint8Array(BLOCKS * PARTS);
  #shortBefore = false;

  /**
   * @param blockSamples Samples of the grid in a block: 256, 512 or 1024.
   * @param shortBlocks Whether short windows are used; decisions then come one block later.
   */
  constructor(blockSamples: number, channels: number, shortBlocks: boolean) {
    this.#partSamples = blockSamples / PARTS;
    this.#floor = FLOOR * this.#partSamples;
    this.#lookAhead = shortBlocks;
    this.#energies = Array.from({ length: channels }, () => new Float64Array(MEMORY + PARTS));
    this.#lastSamples = new Float64Array(channels);
  }

  /** Takes the newest block of every channel. */
  push(blocks: readonly Float64Array[]): void {
    this.#loudness.copyWithin(0, PARTS);
    this.#levels.copyWithin(0, PARTS);
    this.#loudness.fill(0, (BLOCKS - 1) * PARTS);
    this.#levels.fill(0, (BLOCKS - 1) * PARTS);
    blocks.forEach((block, channel) => this.#measure(block, channel));
  }

  /** Decides about the frame whose second half is the newest block, or the one before it when looking ahead. */
  decide(decision: BlockDecision): void {
    const first = this.#lookAhead ? 0 : PARTS;
    const here = this.#lookAhead && this.#isShort(first);
    const next = this.#lookAhead && this.#isShort(first + PARTS);
    decision.windowSequence = windowSequenceOf(this.#shortBefore, here, next);
    decision.attack = this.#highest(first + PARTS / 4, first + 2 * PARTS);
    this.#shortBefore = decision.windowSequence === 2;
    if (this.#shortBefore) {
      this.#group(first, decision);
      return;
    }
    decision.groupCount = 1;
    decision.groupLengths[0] = 1;
  }

  #measure(block: Float64Array, channel: number): void {
    const energies = this.#energies[channel] ?? block;
    energies.copyWithin(0, PARTS);
    let last = this.#lastSamples[channel] ?? 0;
    for (let part = 0; part < PARTS; part += 1) {
      let energy = 0;
      for (let n = part * this.#partSamples; n < (part + 1) * this.#partSamples; n += 1) {
        const sample = block[n] ?? 0;
        energy += (sample - last) ** 2;
        last = sample;
      }
      this.#note(energies, part, energy);
    }
    this.#lastSamples[channel] = last;
  }

  #note(energies: Float64Array, part: number, energy: number): void {
    let before = this.#floor;
    for (let at = part; at < part + MEMORY; at += 1) before = Math.max(before, energies[at] ?? 0);
    energies[part + MEMORY] = energy;
    const place = (BLOCKS - 1) * PARTS + part;
    const level = RISES.filter((rise) => energy > rise * before).length;
    this.#levels[place] = Math.max(this.#levels[place] ?? 0, level);
    this.#loudness[place] = (this.#loudness[place] ?? 0) + energy;
  }

  #highest(from: number, to: number): number {
    let highest = 0;
    for (let at = from; at < to; at += 1) highest = Math.max(highest, this.#levels[at] ?? 0);
    return highest;
  }

  #isShort(first: number): boolean {
    return this.#highest(first + SHORT_BEGIN, first + PARTS + SHORT_END) > 0;
  }

  /** A short window is four parts long, the next begins two parts later. */
  #group(first: number, decision: BlockDecision): void {
    let groups = 0;
    let loudest = 0;
    let softest = 0;
    for (let window = 0; window < SHORT_WINDOWS; window += 1) {
      const begin = first + SHORT_BEGIN + 2 * window;
      let energy = this.#floor;
      for (let at = begin; at < begin + 4; at += 1) energy += this.#loudness[at] ?? 0;
      loudest = Math.max(loudest, energy);
      softest = Math.min(softest, energy);
      if (window === 0 || loudest > GROUP_RATIO * softest) {
        decision.groupLengths[groups] = 0;
        groups += 1;
        loudest = energy;
        softest = energy;
      }
      decision.groupLengths[groups - 1] = (decision.groupLengths[groups - 1] ?? 0) + 1;
    }
    decision.groupCount = groups;
  }
}

/** A decision to be filled. */
export function createBlockDecision(): BlockDecision {
  return {
    windowSequence: 0,
    groupCount: 1,
    groupLengths: new Uint8Array(SHORT_WINDOWS),
    attack: 0,
  };
}
