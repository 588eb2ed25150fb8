import { afterEach, describe, expect, it, vi } from 'vitest';
import { isLibavAvailable } from '#adapters/aac-libav';
import type { AacChoice } from '#contracts';
import { silentLogger } from '#foundation';
import { AacEncoders } from './aac-encoders.ts';

afterEach(() => void vi.unstubAllEnvs());

const OPTIONS = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;

function described(choice: AacChoice): string {
  const encoder = new AacEncoders(choice, silentLogger).create(OPTIONS);
  encoder.close();
  return encoder.describe();
}

describe('the choice of the AAC encoder', () => {
  it.each(['auto', 'callcast'] as const)('is our own with %s', (choice) => {
    expect(described(choice)).toBe('callcast 8000>44100 64kb/s');
  });

  it('is ffmpeg when that is asked for', () => {
    expect(described('ffmpeg')).toBe('ffmpeg 8000>44100 64kb/s');
  });

  it('is libav when that is asked for, or a refusal that says what to install', () => {
    if (isLibavAvailable()) {
      expect(described('libav')).toBe('libav 8000>44100 64kb/s');
    } else {
      const detail = expect.stringContaining('npm install with its optional') as string;
      expect(() => described('libav')).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', detail }),
      );
    }
  });

  it('is refused at the start when the program is not there: calls would be silent', () => {
    vi.stubEnv('PATH', '/nowhere');

    const detail = expect.stringContaining('apt install ffmpeg') as string;
    expect(() => new AacEncoders('ffmpeg', silentLogger)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', detail }),
    );
  });
});
