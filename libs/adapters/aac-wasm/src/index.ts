export { createWasmAacEncoder } from './wasm-aac-encoder.ts';
