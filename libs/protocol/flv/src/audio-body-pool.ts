/** As large as that of Node.js; 40 AAC frames of 64 kb/s. */
const POOL_BYTES = 8192;
let pool = new ArrayBuffer(POOL_BYTES);
let poolUsed = 0;

/** Out of a pool: memory of its own for every frame costs more than filling it. What was given out is never given again. */
export function takeBody(size: number): Uint8Array {
  if (size > POOL_BYTES) return new Uint8Array(size);
  if (poolUsed + size > POOL_BYTES) {
    pool = new ArrayBuffer(POOL_BYTES);
    poolUsed = 0;
  }
  const body = new Uint8Array(pool, poolUsed, size);
  poolUsed += size;
  return body;
}
