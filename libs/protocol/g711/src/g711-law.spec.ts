import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PCMA, PCMU } from './index.ts';

// Corner values of G.711 tables 1a, 1b (13 bit, times 8) and 2a, 2b (14 bit, times 4).
const MU_LAW_PAIRS = [
  { name: 'largest positive', code: 0x80, sample: 32_124 },
  { name: 'largest negative', code: 0x00, sample: -32_124 },
  { name: 'positive zero', code: 0xff, sample: 0 },
  { name: 'smallest step', code: 0xfe, sample: 8 },
  { name: 'start of segment 8', code: 0x8f, sample: 16_764 },
  { name: 'negative smallest step', code: 0x7e, sample: -8 },
];
const A_LAW_PAIRS = [
  { name: 'largest positive', code: 0xaa, sample: 32_256 },
  { name: 'largest negative', code: 0x2a, sample: -32_256 },
  { name: 'smallest positive', code: 0xd5, sample: 8 },
  { name: 'smallest negative', code: 0x55, sample: -8 },
  { name: 'start of segment 7', code: 0xa5, sample: 16_896 },
];

describe.each([
  { law: PCMU, pairs: MU_LAW_PAIRS },
  { law: PCMA, pairs: A_LAW_PAIRS },
])('$law.name', ({ law, pairs }) => {
  it.each(pairs)('$name: code $code stands for $sample', ({ code, sample }) => {
    const out = new Int16Array(1);
    const back = new Uint8Array(1);

    law.decode(Uint8Array.of(code), out);
    law.encode(Int16Array.of(sample), back);

    expect(out[0]).toBe(sample);
    expect(back[0]).toBe(code);
  });

  it('every code word but negative zero survives decoding and encoding', () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const samples = new Int16Array(256);
    const back = new Uint8Array(256);

    law.decode(codes, samples);
    law.encode(samples, back);

    const changed = codes.filter((code, i) => back[i] !== code);
    expect([...changed]).toEqual(law.name === 'PCMU' ? [0x7f] : []);
  });

  it('no sample is further from its code than half the widest step of its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_768, max: 32_767 }), (sample) => {
        const code = new Uint8Array(1);
        const back = new Int16Array(1);
        law.encode(Int16Array.of(sample), code);
        law.decode(code, back);

        // A segment has 16 steps, so a step is at most 1/16 of the magnitude, and the clip takes 644.
        const bound = Math.max(16, Math.abs(sample) / 31 + 8, Math.abs(sample) > 32_100 ? 645 : 0);
        expect(Math.abs((back[0] ?? 0) - sample)).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('silence decodes to the smallest sample', () => {
    const out = new Int16Array(1);

    law.decode(Uint8Array.of(law.silence), out);

    expect(Math.abs(out[0] ?? 99)).toBeLessThanOrEqual(8);
  });
});
