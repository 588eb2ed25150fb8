export { AmfError } from './amf-value.ts';
export type { AmfValue } from './amf-value.ts';
export { buildAmf0 } from './build-amf0.ts';
export { parseAmf0 } from './parse-amf0.ts';
