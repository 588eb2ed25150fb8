import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { wasm } from '#foundation';
import { bandOffsetsOf, planRate, windowSlopes } from '#protocol/aac';
import type { ResamplingPlan } from '#protocol/aac';
import { ADDRESS, INSPECTED } from './kernel-exports.ts';
import type { KernelExports } from './kernel-exports.ts';
import { fillTables, tellRate } from './kernel-tables.ts';
import { transformTables } from './transform-tables.ts';

const FRAME_BINS = 1024;
const MAX_BANDS = 128;
const MAX_INPUT_SAMPLES = 2 * 960;
const MAX_FRAME_BYTES = 2048;

/** What an instance of the kernel is made for. */
export interface KernelOptions {
  readonly plan: ResamplingPlan;
  readonly channels: 1 | 2;
  readonly bitrateKbps: number;
  readonly shortBlocks: boolean;
  readonly constantRate: boolean;
}

/** What the kernel made of PCM before it is coded. */
export interface InspectedFrame {
  readonly windowSequence: number;
  readonly attack: number;
  readonly groupLengths: readonly number[];
  /** 1 for each band that is middle and side. */
  readonly midSide: readonly number[];
  /** In the order of transmission, middle and side made. */
  readonly spectra: readonly Float32Array[];
}

/** One encoder in the memory of the kernel. */
export interface KernelInstance {
  readonly address: number;
  readonly bytes: number;
}

/**
 * The compiled encoder with its memory and tables: one for all calls of a process. An instance is a few KB of that memory;
 * tables that depend on rates are made once and kept.
 */
export class AacKernel {
  readonly #exports: KernelExports;
  readonly #inputAddress: number;
  readonly #outputAddress: number;
  readonly #transforms = new Map<number, number>();
  readonly #banks = new Map<ResamplingPlan, number>();
  readonly #bands = new Map<number, { long: number; short: number }>();
  #buffer: ArrayBuffer;
  #input: Int16Array;
  #output: Uint8Array;
  /** Views on the front of `#output`, by length: frames of all calls are lent through them. */
  #frames: (Uint8Array | undefined)[] = [];

  /** @param binary The compiled kernel; default: the one that belongs to this version. */
  constructor(binary: Uint8Array = readKernel()) {
    const instance = new wasm.Instance(new wasm.Module(binary), {});
    this.#exports = instance.exports as KernelExports;
    this.#inputAddress = this.#exports.addressOf(ADDRESS.input);
    this.#outputAddress = this.#exports.addressOf(ADDRESS.output);
    this.#buffer = this.#exports.memory.buffer;
    this.#input = new Int16Array(this.#buffer, this.#inputAddress, MAX_INPUT_SAMPLES);
    this.#output = new Uint8Array(this.#buffer, this.#outputAddress, MAX_FRAME_BYTES);
    fillTables(this.#exports);
  }

  /** The whole memory, in bytes. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** @throws AacError for a bitrate out of range. */
  open(options: KernelOptions): KernelInstance {
    const { plan, channels, shortBlocks } = options;
    const rate = planRate({ ...options, ...plan, channels });
    const { decimation, taps, sampleRate } = plan;
    const bins = FRAME_BINS / decimation;
    const bank = this.#bankOf(plan);
    const long = this.#transformOf(bins, true);
    const short = this.#transformOf(bins / 8, false);
    const bands = this.#bandsOf(sampleRate);
    const address = this.#exports.createInstance(channels, decimation, taps);
    const { up, down, firstPhase, firstNewest, usableBins } = plan;
    this.#exports.setPlan(address, up, down, bank, firstPhase, firstNewest, usableBins);
    this.#exports.setTransforms(address, long, short, bands.long, bands.short);
    this.#exports.setShortBlocks(address, shortBlocks ? 1 : 0);
    tellRate(this.#exports, address, rate);
    return { address, bytes: this.#exports.instanceBytes(channels, decimation, taps) };
  }

  /** Its memory is given to the next. */
  close({ address, bytes }: KernelInstance): void {
    this.#exports.release(address, bytes);
  }

  /**
   * Takes 20 ms at most.
   *
   * @returns The frame that became complete, valid until the next call; undefined when there is none.
   * @throws WebAssembly.RuntimeError when the kernel trapped; the instance can only be closed then, others go on.
   */
  encode({ address }: KernelInstance, pcm: Int16Array, channels: 1 | 2): Uint8Array | undefined {
    if (this.#buffer !== this.#exports.memory.buffer) this.#view();
    this.#input.set(pcm);
    const size = this.#exports.encode(address, pcm.length / channels);
    return size === 0 ? undefined : (this.#frames[size] ??= this.#output.subarray(0, size));
  }

  /**
   * For comparisons with the reference: takes 20 ms at most, as `encode`, but codes nothing.
   *
   * @returns Copies of what would have been coded; undefined when no frame became complete.
   */
  inspect(
    { address }: KernelInstance,
    pcm: Int16Array,
    channels: 1 | 2,
  ): InspectedFrame | undefined {
    if (this.#buffer !== this.#exports.memory.buffer) this.#view();
    this.#input.set(pcm);
    if (this.#exports.inspect(address, pcm.length / channels) === 0) return undefined;
    const inspected = (what: number): number => this.#exports.inspected(what);
    const { buffer } = this.#exports.memory;
    const spectrum = (channel: number): Float32Array => {
      const at = inspected(INSPECTED.spectra + channel);
      return new Float32Array(buffer, at, FRAME_BINS).slice();
    };
    const groups = inspected(INSPECTED.groupCount);
    return {
      windowSequence: inspected(INSPECTED.windowSequence),
      attack: inspected(INSPECTED.attack),
      groupLengths: [
        ...new Int32Array(buffer, this.#exports.addressOf(ADDRESS.groupLengths), groups),
      ],
      midSide: [...new Int32Array(buffer, this.#exports.addressOf(ADDRESS.midSide), MAX_BANDS)],
      spectra: channels === 1 ? [spectrum(0)] : [spectrum(0), spectrum(1)],
    };
  }

  #view(): void {
    this.#buffer = this.#exports.memory.buffer;
    this.#input = new Int16Array(this.#buffer, this.#inputAddress, MAX_INPUT_SAMPLES);
    this.#output = new Uint8Array(this.#buffer, this.#outputAddress, MAX_FRAME_BYTES);
    this.#frames = [];
  }

  #transformOf(bins: number, isLong: boolean): number {
    const known = this.#transforms.get(bins);
    if (known !== undefined) return known;
    const { cos, sin, twiddles, groups } = transformTables(bins);
    const slopes = windowSlopes(isLong ? bins : bins * 8);
    const at = this.#exports.createTransform(
      bins,
      this.#placeFloats(cos),
      this.#placeFloats(sin),
      this.#placeFloats(twiddles),
      this.#placeInts(groups),
      this.#placeFloats(isLong ? slopes.long : slopes.short),
      isLong ? this.#placeFloats(slopes.edge) : 0,
    );
    this.#transforms.set(bins, at);
    return at;
  }

  #bankOf(plan: ResamplingPlan): number {
    const known = this.#banks.get(plan);
    if (known !== undefined) return known;
    const at = this.#placeFloats(plan.bank);
    this.#banks.set(plan, at);
    return at;
  }

  #bandsOf(sampleRate: number): { long: number; short: number } {
    const known = this.#bands.get(sampleRate);
    if (known !== undefined) return known;
    const { long, short } = bandOffsetsOf(sampleRate);
    const bands = { long: this.#placeInts(long), short: this.#placeInts(short) };
    this.#bands.set(sampleRate, bands);
    return bands;
  }

  #placeFloats(values: ArrayLike<number>): number {
    const at = this.#exports.allocate(values.length * 4);
    this.#writeFloats(at, values);
    return at;
  }

  #placeInts(values: ArrayLike<number>): number {
    const at = this.#exports.allocate(values.length * 4);
    this.#writeInts(at, values);
    return at;
  }

  #writeFloats(at: number, values: ArrayLike<number>): void {
    new Float32Array(this.#exports.memory.buffer, at, values.length).set(values);
  }

  #writeInts(at: number, values: ArrayLike<number>): void {
    new Int32Array(this.#exports.memory.buffer, at, values.length).set(values);
  }
}

function readKernel(): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve('#aac-kernel'));
}
