import { afterEach, describe, expect, it, vi } from 'vitest';
import { isLibavAvailable } from '#adapters/aac-libav';
import { silentLogger } from '#foundation';
import { chooseAacEncoder } from './aac-encoders.ts';

afterEach(() => void vi.unstubAllEnvs());

const OPTIONS = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;

function described(choice: 'auto' | 'libav' | 'ffmpeg'): string {
  const encoder = chooseAacEncoder(choice, silentLogger)(OPTIONS);
  encoder.close();
  return encoder.describe();
}

describe('the choice of the AAC encoder', () => {
  it('is ffmpeg when that is asked for', () => {
    expect(described('ffmpeg')).toBe('ffmpeg 8000>44100 64kb/s');
  });

  it.runIf(isLibavAvailable())('is the one inside the worker where it is installed', () => {
    expect(described('auto')).toBe('libav 8000>44100 64kb/s');
    expect(described('libav')).toBe('libav 8000>44100 64kb/s');
  });

  it('is refused at the start when the program is not there: calls would be silent', () => {
    vi.stubEnv('PATH', '/nowhere');

    expect(() => chooseAacEncoder('ffmpeg', silentLogger)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
