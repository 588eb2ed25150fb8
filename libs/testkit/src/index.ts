export { SeededRandom } from './seeded-random.ts';
export { VirtualTime } from './virtual-time.ts';
export { MemoryOutlet } from './sip/memory-outlet.ts';
export type { SentMessage } from './sip/memory-outlet.ts';
export { arrivalFrom, sipRequest, sipResponse } from './sip/sip-messages.ts';
export type { RequestParts, TestResponseParts } from './sip/sip-messages.ts';
