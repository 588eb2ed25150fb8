export { PCMA, PCMU } from './g711-law.ts';
export type { G711Law } from './g711-law.ts';
