import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PCMA, PCMU } from '#protocol/g711';

const ALL_CODES = Uint8Array.from({ length: 256 }, (_, code) => code);

/** What ffmpeg's decoder makes of raw code words. */
function decodedByFfmpeg(format: 'mulaw' | 'alaw', codes: Uint8Array): Int16Array {
  const input = ['-f', format, '-ar', '8000', '-ac', '1', '-i', 'pipe:0'];
  const output = execFileSync('ffmpeg', ['-v', 'error', ...input, '-f', 's16le', 'pipe:1'], {
    input: codes,
  });
  return new Int16Array(Uint8Array.from(output).buffer);
}

/** What ffmpeg's encoder makes of samples. */
function encodedByFfmpeg(format: 'mulaw' | 'alaw', samples: Int16Array): Uint8Array {
  const input = ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', 'pipe:0'];
  return execFileSync('ffmpeg', ['-v', 'error', ...input, '-f', format, 'pipe:1'], {
    input: new Uint8Array(samples.buffer),
  });
}

describe.each([
  { law: PCMU, format: 'mulaw' as const },
  { law: PCMA, format: 'alaw' as const },
])('$law.name beside ffmpeg', ({ law, format }) => {
  it('decodes every code word to the same sample', () => {
    const ours = new Int16Array(256);

    law.decode(ALL_CODES, ours);

    expect(ours).toEqual(decodedByFfmpeg(format, ALL_CODES));
  });

  it('encodes no sample worse than one step away from ffmpeg', () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const ours = new Uint8Array(samples.length);
    law.encode(samples, ours);
    const theirs = encodedByFfmpeg(format, samples);

    const errorOf = (code: number, i: number) =>
      Math.abs((law.samples[code] ?? 0) - (samples[i] ?? 0));
    const worst = ours.reduce((most, code, i) => {
      const excess = errorOf(code, i) - errorOf(theirs[i] ?? 0, i);
      return Math.max(most, excess / Math.max(16, Math.abs(samples[i] ?? 0)));
    }, 0);

    expect(worst).toBeLessThan(1 / 16);
  });
});
