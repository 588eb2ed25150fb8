import type { WasmMemory } from '#foundation';

/** What the module exports (libs/protocol/aac/kernel/assembly/index.ts). Addresses are numbers of bytes. */
export interface KernelExports {
  readonly memory: WasmMemory;
  addressOf(what: number): number;
  allocate(bytes: number): number;
  release(block: number, bytes: number): void;
  createTransform(...fields: readonly number[]): number;
  createInstance(channels: number, decimation: number, taps: number): number;
  instanceBytes(channels: number, decimation: number, taps: number): number;
  setPlan(at: number, ...fields: readonly number[]): void;
  setTransforms(at: number, ...fields: readonly number[]): void;
  setShortBlocks(at: number, shortBlocks: number): void;
  setRatePlan(at: number, ...fields: readonly number[]): void;
  setRateBands(at: number, ...fields: readonly number[]): void;
  encode(at: number, count: number): number;
  inspect(at: number, count: number): number;
  inspected(what: number): number;
}

/** What `addressOf` knows. */
export const ADDRESS = {
  frameTables: 0,
  groupLengths: 1,
  midSide: 2,
  tuning: 3,
  steps: 4,
  model: 5,
  input: 6,
  output: 7,
} as const;

/** What `inspected` knows. */
export const INSPECTED = {
  windowSequence: 0,
  groupCount: 1,
  attack: 2,
  spectra: 3,
} as const;
