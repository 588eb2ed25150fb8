import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { wasm } from '#foundation';
import type { AacEncoderOptions } from '#media';
import { SeededRandom } from '#testkit';

/** Half a second of noise and saws, loud and soft, in whole numbers only: the same on every machine. */
function material({ sourceRate, channels }: AacEncoderOptions): Int16Array {
  const random = new SeededRandom(42);
  return Int16Array.from({ length: (sourceRate / 2) * channels }, (_, at) => {
    const time = Math.floor(at / channels);
    const saw = ((time * 53 * (1 + (at % channels))) % 1000) - 500;
    const noise = random.below(2001) - 1000;
    return Math.floor(time / 1500) % 3 === 2 ? noise >> 4 : 12 * saw + 3 * noise;
  });
}

function checksum(options: AacEncoderOptions): string {
  const encoder = createWasmAacEncoder(options);
  let [sum, frames] = [0, 0];
  const add = (frame: Uint8Array): void => {
    sum = crc32(frame, sum);
    frames += 1;
  };
  encoder.encode(material(options), add);
  encoder.flush(add);
  encoder.close();
  return `${frames} frames, ${sum.toString(16).padStart(8, '0')}`;
}

describe('frames of the kernel', () => {
  /** When the coding is changed on purpose: look at `npm run bench -- aac`, then run this with `-u`. */
  it('are what they were', () => {
    const telephone = {
      sourceRate: 8000,
      sampleRate: 44_100,
      channels: 1,
      bitrateKbps: 64,
    } as const;
    const all: Readonly<Record<string, AacEncoderOptions>> = {
      telephone,
      'at 48 kHz': { ...telephone, sampleRate: 48_000 },
      'short blocks': { ...telephone, bitrateKbps: 32, shortBlocks: true },
      wideband: { ...telephone, sourceRate: 16_000, bitrateKbps: 48 },
      'constant rate': { ...telephone, sampleRate: 16_000, constantRate: true },
      stereo: { ...telephone, sourceRate: 48_000, channels: 2, bitrateKbps: 128 },
    };

    const sums = Object.entries(all).map(([name, options]) => `${name}: ${checksum(options)}`);

    expect(sums).toMatchInlineSnapshot(`
      [
        "telephone: 23 frames, 060da046",
        "at 48 kHz: 25 frames, ef973076",
        "short blocks: 23 frames, 1a18b27a",
        "wideband: 23 frames, 9bc92648",
        "constant rate: 9 frames, d37eef62",
        "stereo: 23 frames, 7134215f",
      ]
    `);
  });
});

describe('the kernel', () => {
  it('is plain WebAssembly with 128-bit SIMD, as every runtime has it without flags', () => {
    const path = createRequire(import.meta.url).resolve('#aac-kernel');

    expect(wasm.validate(readFileSync(path))).toBe(true);
    expect(process.execArgv.join()).not.toContain('wasm');
  });
});
