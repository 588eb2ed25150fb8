// The AAC-LC encoder for calls, as one WebAssembly module with one memory for all calls of a process. The host
// (libs/adapters/aac-wasm) fills the tables, creates instances and feeds them 20 ms at a time.

import { analyse } from './analysis';
import { OUTPUT } from './bit-writer';
import {
  attack,
  bandsOf,
  GROUP_LENGTHS,
  groupCount,
  MAX_BANDS,
  MID_SIDE,
  spectrumOf,
  windowSequence,
} from './frame';
import { frameTables } from './frame-tables';
import { Instance } from './instance';
import { chooseMidSide } from './mid-side';
import { MODEL } from './model';
import { STEPS } from './quantise';
import { codeFrame } from './rate';
import { codedBands, ratePlanOf } from './rate-plan';
import { INPUT } from './resample';
import { TUNING } from './tuning';

export { createInstance, instanceBytes, setPlan, setShortBlocks, setTransforms } from './instance';
export { allocate, release } from './memory';
export { setRateBands, setRatePlan } from './rate-plan';
export { createTransform } from './transform';

// The parts that the tests compare with those of the reference.
export {
  codebooksOf,
  quantisedOf,
  scalefactorsOf,
  setAttack,
  setLongFrame,
  setMaxSfb,
  setShortFrame,
  spectrumOf,
} from './frame';
export { chooseSections } from './sections';
export { trimBands } from './trim-bands';
export { elementBits, writeFrame } from './write-frame';

/** Addresses that the host needs. */
export function addressOf(what: i32): usize {
  if (what == 0) return frameTables();
  if (what == 1) return GROUP_LENGTHS;
  if (what == 2) return MID_SIDE;
  if (what == 3) return TUNING;
  if (what == 4) return STEPS;
  if (what == 5) return MODEL;
  if (what == 6) return INPUT;
  if (what == 7) return OUTPUT;
  return 0;
}

/**
 * Takes `count` samples per channel from INPUT, 20 ms at most.
 *
 * @returns Bytes of the frame in OUTPUT; 0 when none became complete.
 */
export function encode(at: usize, count: i32): i32 {
  const self = changetype<Instance>(at);
  if (!analyse(self, count)) return 0;
  chooseSides(self);
  return codeFrame(self);
}

function chooseSides(self: Instance): void {
  if (self.channels == 1) {
    memory.fill(MID_SIDE, 0, 4 * MAX_BANDS);
    return;
  }
  const bands = codedBands(ratePlanOf(self));
  chooseMidSide(spectrumOf(0), spectrumOf(1), bandsOf(self), bands);
}

/**
 * For comparisons with the reference: as {@link encode}, but the frame is not coded.
 *
 * @returns 1 when a frame's spectra are ready.
 */
export function inspect(at: usize, count: i32): i32 {
  const self = changetype<Instance>(at);
  if (!analyse(self, count)) return 0;
  chooseSides(self);
  return 1;
}

/** Of the frame inspected: 0 window sequence, 1 groups, 2 attack, 3 and 4 addresses of the spectra. */
export function inspected(what: i32): i32 {
  if (what == 0) return windowSequence;
  if (what == 1) return groupCount;
  if (what == 2) return attack;
  return <i32>spectrumOf(what - 3);
}

/** Codes the frame whose spectra lie in the scratch. @returns Bytes in OUTPUT. */
export function encodeSpectra(at: usize): i32 {
  return codeFrame(changetype<Instance>(at));
}
