import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { wasm } from '#foundation';
import type { WasmMemory, WasmModule } from '#foundation';
import { MAX_OPUS_PACKET_SAMPLES, OPUS_RATE } from '#protocol/opus';

/** What the module of the npm package exports: libopus's C interface and its memory. Pointers are numbers. */
export interface OpusExports {
  readonly memory: WasmMemory;
  _initialize(): void;
  malloc(sizeBytes: number): number;
  free(pointer: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(state: number, sampleRate: number, channels: number): number;
  opus_decode(
    state: number,
    payload: number,
    sizeBytes: number,
    out: number,
    sampleCount: number,
    isRecovery: number,
  ): number;
}

/** The library is not installed, or this machine has no WebAssembly for it. */
export class OpusMissingError extends Error {
  override readonly name = 'OpusMissingError';
}

/** libopus cannot go on: a broken state, or no memory. */
class OpusAbort extends Error {
  override readonly name = 'OpusAbort';
}

/** Larger payloads are no Opus: 120 ms at 510 kb/s are 7650 bytes (RFC 6716 section 2.1.1). */
export const MAX_PAYLOAD_BYTES = 8192;
const MAX_CHANNELS = 2;
const NO_PAYLOAD = 0;
const OPUS_OK = 0;
/** libopus's `OPUS_INTERNAL_ERROR`. */
const INTERNAL_ERROR = -3;
/** One decoder: its state lies in the library's memory until it is freed. */
export interface OpusState {
  readonly pointer: number;
  readonly channels: 1 | 2;
}

/**
 * One libopus in WebAssembly, shared by all decoders: 18 KB of its memory for each (27 KB in stereo), and one
 * buffer for what goes in and comes out. A hostile payload can harm nothing outside that memory.
 */
export class OpusLibrary {
  readonly #exports: OpusExports;
  readonly #stack: number;
  readonly #inputPointer: number;
  readonly #outputPointer: number;
  #input: Uint8Array;
  #output: Int16Array;

  constructor(start: (onGrown: () => void) => OpusExports) {
    this.#exports = start(() => {
      this.#input = this.#viewInput();
      this.#output = this.#viewOutput();
    });
    this.#stack = this.#exports.stackSave();
    this.#inputPointer = this.#exports.malloc(MAX_PAYLOAD_BYTES);
    this.#outputPointer = this.#exports.malloc(
      MAX_OPUS_PACKET_SAMPLES * MAX_CHANNELS * Int16Array.BYTES_PER_ELEMENT,
    );
    this.#input = this.#viewInput();
    this.#output = this.#viewOutput();
  }

  /** @throws OpusAbort if its memory is exhausted. */
  open(channels: 1 | 2): OpusState {
    const pointer = this.#exports.malloc(this.#exports.opus_decoder_get_size(channels));
    if (pointer === 0) throw new OpusAbort('no memory for another decoder of Opus');
    const state = { pointer, channels };
    this.reset(state);
    return state;
  }

  reset({ pointer, channels }: OpusState): void {
    const result = this.#exports.opus_decoder_init(pointer, OPUS_RATE, channels);
    if (result !== OPUS_OK) throw new OpusAbort(`libopus refuses ${channels} channels: ${result}`);
  }

  free({ pointer }: OpusState): void {
    this.#exports.free(pointer);
  }

  /** @returns Samples per channel, now in `output`; negative for a payload that libopus refuses. */
  decode(state: OpusState, payload: Uint8Array): number {
    this.#input.set(payload);
    return this.#run({ state, sizeBytes: payload.length, sampleCount: MAX_OPUS_PACKET_SAMPLES });
  }

  /**
   * What was sent before `next`, out of the copy that `next` may carry; what it lacks is extrapolated.
   *
   * @param sampleCount A multiple of 120, at most 5760.
   */
  recover(state: OpusState, next: Uint8Array, sampleCount: number): number {
    this.#input.set(next);
    return this.#run({ state, sizeBytes: next.length, sampleCount, isRecovery: true });
  }

  /** @param sampleCount A multiple of 120, at most 5760. */
  extrapolate(state: OpusState, sampleCount: number): number {
    return this.#run({ state, sizeBytes: NO_PAYLOAD, sampleCount });
  }

  /** Copies what came out last, channels interleaved. */
  take(out: Int16Array, from: number, to: number): void {
    out.set(this.#output.subarray(from, to));
  }

  /** A trap, should a payload ever cause one, leaves the stack where it was and the decoder new. */
  #run(job: {
    state: OpusState;
    sizeBytes: number;
    sampleCount: number;
    isRecovery?: boolean;
  }): number {
    const { state, sizeBytes, sampleCount, isRecovery = false } = job;
    const payload = sizeBytes === 0 ? NO_PAYLOAD : this.#inputPointer;
    try {
      return this.#exports.opus_decode(
        state.pointer,
        payload,
        sizeBytes,
        this.#outputPointer,
        sampleCount,
        isRecovery ? 1 : 0,
      );
    } catch (error) {
      if (!(error instanceof wasm.RuntimeError || error instanceof OpusAbort)) throw error;
      this.#exports.stackRestore(this.#stack);
      this.reset(state);
      return INTERNAL_ERROR;
    }
  }

  #viewInput(): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, this.#inputPointer, MAX_PAYLOAD_BYTES);
  }

  #viewOutput(): Int16Array {
    const length = MAX_OPUS_PACKET_SAMPLES * MAX_CHANNELS;
    return new Int16Array(this.#exports.memory.buffer, this.#outputPointer, length);
  }
}

/**
 * Starts libopus with a memory of its own.
 *
 * @param onGrown That memory has become larger: views on it must be made again.
 */
export function startOpus(module: WasmModule, onGrown: () => void): OpusExports {
  // It writes only why it gives up. A write that takes nothing would be tried for ever.
  const giveUp = (): never => {
    throw new OpusAbort('libopus gave up');
  };
  const system = { fd_seek: giveUp, fd_write: giveUp, fd_close: giveUp, proc_exit: giveUp };
  const { exports } = new wasm.Instance(module, {
    wasi_snapshot_preview1: system,
    env: { emscripten_notify_memory_growth: onGrown },
  });
  const opus = exports as OpusExports;
  opus._initialize();
  return opus;
}

/**
 * Compiles libopus, which takes 10 ms.
 *
 * @throws OpusMissingError if the package is not installed or its module cannot run here.
 */
export function compileOpus(): WasmModule {
  const require = createRequire(import.meta.url);
  try {
    // The first is a tenth faster and needs the SIMD instructions of WebAssembly.
    const binary = [
      require.resolve('@evan/opus/wasm/simd.wasm'),
      require.resolve('@evan/opus/wasm/opus.wasm'),
    ]
      .map((path) => readFileSync(path))
      .find((bytes) => wasm.validate(bytes));
    if (binary !== undefined) return new wasm.Module(binary);
  } catch (cause) {
    throw new OpusMissingError(
      "decoding Opus needs the package '@evan/opus', which is not installed: run `npm install`",
      { cause },
    );
  }
  throw new OpusMissingError('decoding Opus needs WebAssembly, which this Node.js cannot run');
}
