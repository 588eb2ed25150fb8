import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The least that the process grew in one of several rounds of the same work, in bytes. Allocators keep what they were
 * given back, and memory comes in large pieces: one round shows little, but a leak shows in each of them.
 */
export async function leastGrowth(round: () => void | Promise<void>, rounds = 5): Promise<number> {
  const collect = garbageCollector();
  let least = Number.POSITIVE_INFINITY;
  let before = process.memoryUsage.rss();
  for (let i = 0; i < rounds; i++) {
    await round();
    // Wrappers of native objects are finished in a turn of their own.
    collect();
    await new Promise((turn) => setImmediate(turn));
    const after = process.memoryUsage.rss();
    least = Math.min(least, after - before);
    before = after;
  }
  return least;
}

/** Bytes of the heap and of buffers beside it that are still in use. */
export function heldBytes(): number {
  const collect = garbageCollector();
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** How many of these objects somebody still holds. The engine lets go of the last ones in turns of their own. */
export async function survivors(objects: readonly WeakRef<object>[]): Promise<number> {
  const collect = garbageCollector();
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((next) => setImmediate(next));
    collect();
  }
  await new Promise((next) => setImmediate(next));
  return objects.filter((object) => object.deref() !== undefined).length;
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
