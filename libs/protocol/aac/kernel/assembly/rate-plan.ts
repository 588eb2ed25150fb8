import { windowSequence } from './frame';
import { EIGHT_SHORT, Instance } from './instance';

/** Numbers of src/rate/rate-plan.ts and what the rate control remembers; lies in the head of an instance. */
@unmanaged
export class RatePlan {
  /** Bands that are coded, the first that may be noise, the first that may be nearly empty; long and short windows. */
  longBandCount: i32 = 0;
  longNoiseFrom: i32 = 0;
  longSparseFrom: i32 = 0;
  shortBandCount: i32 = 0;
  shortNoiseFrom: i32 = 0;
  shortSparseFrom: i32 = 0;
  shape: f32 = 0;
  constantRate: i32 = 0;
  /** Bits of a frame: `meanWhole`, and one more as often as `meanRest` of `meanOutOf` frames. */
  meanWhole: i32 = 0;
  meanRest: i32 = 0;
  meanOutOf: i32 = 0;
  capacity: i32 = 0;
  target: i32 = 0;

  /** Bits saved, and the remainder of the mean. */
  saved: i32 = 0;
  rest: i32 = 0;
  /** What frames cost more than the model says, in bits. */
  correction: f32 = 0;
}

/** Where it lies in an instance. */
const RATE_OFFSET: usize = 256;

export function ratePlanOf(self: Instance): RatePlan {
  return changetype<RatePlan>(changetype<usize>(self) + RATE_OFFSET);
}

/** Bands that are coded, for the windows of the frame. */
export function codedBands(plan: RatePlan): i32 {
  return windowSequence == EIGHT_SHORT ? plan.shortBandCount : plan.longBandCount;
}

/** Tells an instance its plan: the fields of `RatePlan` of the reference, and how full the reservoir shall be. */
export function setRatePlan(
  at: usize,
  shape: f32,
  constantRate: i32,
  meanWhole: i32,
  meanRest: i32,
  meanOutOf: i32,
  capacity: i32,
  target: i32,
): void {
  const plan = ratePlanOf(changetype<Instance>(at));
  plan.shape = shape;
  plan.constantRate = constantRate;
  plan.meanWhole = meanWhole;
  plan.meanRest = meanRest;
  plan.meanOutOf = meanOutOf;
  plan.capacity = capacity;
  plan.target = target;
  plan.saved = target;
}

/** Tells an instance its bands, of long and of short windows. */
export function setRateBands(
  at: usize,
  longBandCount: i32,
  longNoiseFrom: i32,
  longSparseFrom: i32,
  shortBandCount: i32,
  shortNoiseFrom: i32,
  shortSparseFrom: i32,
): void {
  const plan = ratePlanOf(changetype<Instance>(at));
  plan.longBandCount = longBandCount;
  plan.longNoiseFrom = longNoiseFrom;
  plan.longSparseFrom = longSparseFrom;
  plan.shortBandCount = shortBandCount;
  plan.shortNoiseFrom = shortNoiseFrom;
  plan.shortSparseFrom = shortSparseFrom;
}
