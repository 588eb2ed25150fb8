import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { AudioDecoder } from '#media';
import { leastGrowth } from '#testkit';
import { loadSpeexDecoders } from './index.ts';

/** A narrowband frame of mode 0 (silence), a terminator and padding. */
const SILENCE = Uint8Array.of(0b0000_0011, 0b1111_1111);

function setup(rate = 8000): AudioDecoder | undefined {
  return loadSpeexDecoders()({ codec: 'speex', clockRate: rate, channels: 1 });
}

const isInstalled = ((): boolean => {
  try {
    return createRequire(import.meta.url).resolve('node-av/lib') !== '';
  } catch {
    return false;
  }
})();

if (!isInstalled) {
  it('Speex without node-av is refused with what to install', () => {
    expect(() => loadSpeexDecoders()).toThrow(/npm install node-av/);
  });
}

if (isInstalled) {
  describe('the Speex decoder', () => {
    it('says what it is', () => {
      expect(setup()).toMatchObject({ name: 'speex(8000)', clockRate: 8000, sampleRate: 8000 });
      expect(setup(16_000)).toMatchObject({ name: 'speex(16000)', clockRate: 16_000, channels: 1 });
    });

    it('is none for other rates and codecs', () => {
      expect(setup(32_000)).toBeUndefined();
      expect(loadSpeexDecoders()({ codec: 'PCMU', clockRate: 8000, channels: 1 })).toBeUndefined();
    });

    it('decodes a frame of silence at either rate', () => {
      for (const rate of [8000, 16_000]) {
        const out = new Int16Array(rate / 50).fill(7);

        expect(setup(rate)?.duration(SILENCE, 0, SILENCE.length)).toBe(rate / 50);
        expect(setup(rate)?.decode(SILENCE, out)).toBe(rate / 50);
        expect(out.every((sample) => Math.abs(sample) <= 1)).toBe(true);
      }
    });

    it('does nothing once it is closed, and may be closed twice', () => {
      const decoder = setup();
      decoder?.close();
      decoder?.close();
      decoder?.reset();

      expect(decoder?.decode(SILENCE, new Int16Array(160))).toBe(0);
    });

    it('gives its memory back', async () => {
      const createDecoder = loadSpeexDecoders();
      const grown = await leastGrowth(() => {
        for (let i = 0; i < 500; i++) {
          const decoder = createDecoder({ codec: 'speex', clockRate: 16_000, channels: 1 });
          decoder?.decode(SILENCE, new Int16Array(320));
          decoder?.close();
        }
      });

      expect(grown).toBeLessThan(500 * 8192);
    });
  });
}
