export { SeededRandom } from './seeded-random.ts';
export { VirtualTime } from './virtual-time.ts';
