import { RatePlan } from './rate-plan';
import { attackPercent, leastPercent, sharePercent } from './tuning';

// The bits saved by short frames for longer ones: src/rate/bit-budget.ts.

/** Of the frame that is being coded, in bits. */
export let mean: i32 = 0;
export let wanted: i32 = 0;
export let limit: i32 = 0;

/** What the next frame may cost; once for each frame. */
export function nextAllowance(plan: RatePlan, attack: i32): void {
  mean = plan.meanWhole;
  plan.rest += plan.meanRest;
  if (plan.rest >= plan.meanOutOf) {
    plan.rest -= plan.meanOutOf;
    mean++;
  }
  const share = ((plan.saved - plan.target) * sharePercent()) / 100;
  const boost = (mean * attackPercent() * attack * attack) / 100;
  const least = (mean * leastPercent()) / 100;
  limit = (mean + plan.saved) & ~7;
  wanted = min(limit, max(least, mean + share) + boost);
}

/** Takes what the frame cost. @returns Bytes by which the frame must be made longer. */
export function spend(plan: RatePlan, bytes: i32): i32 {
  plan.saved += mean - 8 * bytes;
  const surplus = plan.saved - plan.capacity;
  if (surplus <= 0) return 0;
  if (plan.constantRate == 0) {
    plan.saved = plan.capacity;
    return 0;
  }
  const fillBytes = (surplus + 7) / 8;
  plan.saved -= 8 * fillBytes;
  return fillBytes;
}
