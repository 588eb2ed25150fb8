import { BITS_PER_BIN, QUANTISER_SCALES, buildFrameTables, kernelTuning } from '#protocol/aac';
import type { RatePlan } from '#protocol/aac';
import { ADDRESS } from './kernel-exports.ts';
import type { KernelExports } from './kernel-exports.ts';

/** Gives the kernel the tables of the reference encoder: both have the very same numbers. */
export function fillTables(kernel: KernelExports): void {
  const frameTables = buildFrameTables();
  const at = kernel.addressOf(ADDRESS.frameTables);
  new Uint8Array(kernel.memory.buffer, at, frameTables.length).set(frameTables);
  const floats = [
    [ADDRESS.tuning, kernelTuning()],
    [ADDRESS.steps, QUANTISER_SCALES],
    [ADDRESS.model, BITS_PER_BIN],
  ] as const;
  for (const [what, values] of floats) {
    new Float32Array(kernel.memory.buffer, kernel.addressOf(what), values.length).set(values);
  }
}

/** Tells an instance its rate control's plan. */
export function tellRate(kernel: KernelExports, address: number, plan: RatePlan): void {
  const { shape, constantRate, mean, capacity, target, long, short } = plan;
  const { whole, rest, outOf } = mean;
  kernel.setRatePlan(address, shape, constantRate ? 1 : 0, whole, rest, outOf, capacity, target);
  kernel.setRateBands(
    address,
    ...[long, short].flatMap((bands) => [bands.bandCount, bands.noiseFrom, bands.sparseFrom]),
  );
}
