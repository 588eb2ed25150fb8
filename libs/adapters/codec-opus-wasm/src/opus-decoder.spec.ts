import { describe, expect, it } from 'vitest';
import type { AudioDecoder } from '#media';
import { leastGrowth } from '#testkit';
import { loadOpusDecoders } from './index.ts';

/** 20 ms of silence (CELT, mono), as encoders send it. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const FRAME = 960;
const createDecoder = loadOpusDecoders();

function setup(channels: 1 | 2 = 1): AudioDecoder {
  const decoder = createDecoder({ codec: 'opus', clockRate: 48_000, channels });
  if (decoder === undefined) throw new Error('no decoder');
  return decoder;
}

describe('the Opus decoder', () => {
  it('says what it is', () => {
    expect(setup()).toMatchObject({ name: 'opus', clockRate: 48_000, sampleRate: 48_000 });
    expect(setup(2)).toMatchObject({ name: 'opus(stereo)', channels: 2 });
    expect(createDecoder({ codec: 'PCMU', clockRate: 8000, channels: 1 })).toBeUndefined();
  });

  it('takes a packet without a frame (DTX) for as long as it stands for', () => {
    const decoder = setup();
    decoder.decode(SILENCE, new Int16Array(FRAME));
    const out = new Int16Array(FRAME).fill(1);

    expect(decoder.decode(Uint8Array.of(0xf8), out)).toBe(FRAME);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it.each([
    { name: 'no bytes', payload: new Uint8Array(0) },
    { name: 'a frame of 1276 bytes', payload: new Uint8Array(1277) },
    { name: 'more than it has room for', payload: new Uint8Array(9000).fill(0xff) },
    { name: 'two halves that are not equal', payload: Uint8Array.of(0xf9, 1) },
  ])('decodes nothing of $name', ({ payload }) => {
    const out = new Int16Array(FRAME).fill(7);

    expect(setup().decode(payload, out)).toBe(0);
    expect(out.every((sample) => sample === 7)).toBe(true);
  });

  it.each([1, 119, 120, 500, 960, 12_000])('conceals %i samples and no more', (sampleCount) => {
    const decoder = setup(2);
    decoder.decode(SILENCE, new Int16Array(2 * FRAME));
    const out = new Int16Array(2 * sampleCount + 1).fill(7);

    decoder.conceal?.(out, sampleCount, SILENCE);

    expect(out.subarray(0, -1).every((sample) => sample === 0)).toBe(true);
    expect(out.at(-1)).toBe(7);
  });

  it('does nothing once it is closed, and may be closed twice', () => {
    const decoder = setup();
    decoder.close();
    decoder.close();
    decoder.reset();
    const out = new Int16Array(FRAME).fill(7);

    expect(decoder.decode(SILENCE, out)).toBe(0);
    decoder.conceal?.(out, FRAME, SILENCE);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('is one of many: a thousand need more memory than there is at first', () => {
    const decoders = Array.from({ length: 1000 }, () => setup());
    const out = new Int16Array(FRAME).fill(7);

    const counts = new Set(decoders.map((decoder) => decoder.decode(SILENCE, out)));
    for (const decoder of decoders) decoder.close();

    expect(counts).toEqual(new Set([FRAME]));
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('gives its memory back', async () => {
    const grown = await leastGrowth(() => {
      for (let i = 0; i < 1000; i++) setup().close();
    });

    expect(grown).toBeLessThan(1000 * 6144);
  });
});
