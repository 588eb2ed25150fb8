import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../../protocol/aac/kernel/', import.meta.url);

describe('the compiled kernel', () => {
  it('is what its sources build', async () => {
    const { compileKernel } = (await import(new URL('build.mjs', folder).href)) as {
      compileKernel: () => Promise<Uint8Array>;
    };

    const committed = readFileSync(new URL('aac.wasm', folder));

    expect(Buffer.from(await compileKernel()).equals(committed)).toBe(true);
  }, 60_000);
});
