import { describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { PcmAacEncoder } from '#testkit';
import { measureCoresPerCall } from './measure-call-cost.ts';

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

describe('the cost of a call', () => {
  it('is measured with the real encoder in little processor time', () => {
    const before = cpuMicros();

    const coresPerCall = measureCoresPerCall({ createEncoder: createWasmAacEncoder, cpuMicros });

    expect(cpuMicros() - before).toBeLessThan(2_000_000);
    expect(coresPerCall).toBeGreaterThan(0.000_1);
    expect(coresPerCall).toBeLessThan(0.1);
  });

  it('is the usual one of several rounds, in which every call has put out all of its sound', () => {
    const encoders: PcmAacEncoder[] = [];
    const createEncoder = () => {
      const encoder = new PcmAacEncoder();
      encoders.push(encoder);
      return encoder;
    };
    // Before and after each of five rounds: 16 calls of 0.6 s. Something else ran in the second one.
    const readings = [0, 9_600, 0, 960_000, 0, 9_600, 0, 9_600, 0, 4_800];
    const fake = (): number => readings.shift() ?? Number.NaN;

    expect(measureCoresPerCall({ createEncoder, cpuMicros: fake })).toBeCloseTo(0.001 + 0.0018, 9);

    expect(readings).toEqual([]);
    expect(encoders.map(({ isClosed }) => isClosed)).toEqual(Array(16).fill(true));
    // 12 s to warm up, then the rounds; of the first 60 ms nothing has left the jitter buffer but silence.
    expect(encoders[0]?.heard).toHaveLength(Math.ceil(((12 + 5 * 0.6) * 8_000) / 1024) * 1024);
    expect(encoders[0]?.heard.slice(1_000).some((sample) => sample > 3_000)).toBe(true);
  });
});
