type Imports = Readonly<Record<string, Readonly<Record<string, () => unknown>>>>;

/** Compiled code. */
export type WasmModule = object;

/** The part of WebAssembly's JavaScript interface that is used: Node.js has it, its types do not. */
interface WasmInterface {
  validate(binary: Uint8Array): boolean;
  readonly Module: new (binary: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: Imports) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
}

/** A memory's buffer is another one after it has grown. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: WasmInterface;
};
