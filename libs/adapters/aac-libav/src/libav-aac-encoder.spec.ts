import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SeededRandom, leastGrowth } from '#testkit';
import { createLibavAacEncoder, isLibavAvailable } from './index.ts';

const OPTIONS = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;

/** One second of a tone with noise. */
function second(): Int16Array {
  const random = new SeededRandom(5);
  return Int16Array.from({ length: 8000 }, (_, i) =>
    Math.round(8000 * Math.sin(i * 0.3) + random.below(2000)),
  );
}

if (!isLibavAvailable()) {
  it('says what to install where node-av is not', () => {
    expect(() => createLibavAacEncoder(OPTIONS)).toThrow(/npm install node-av/);
  });
}

if (isLibavAvailable()) {
  describe('the libav AAC encoder', () => {
    it('gives its memory back', async () => {
      const sound = second();
      const grown = await leastGrowth(() => {
        for (let i = 0; i < 20; i++) {
          const encoder = createLibavAacEncoder(OPTIONS);
          encoder.encode(sound.subarray(0, 1600), () => undefined);
          encoder.close();
        }
      });

      expect(grown).toBeLessThan(20 * 100_000);
    });

    it('lets a process exit cleanly with an encoder still open, and prints nothing', () => {
      const code = `
      const { createRequire } = require('node:module');
      const lib = require('node-av/lib');
      const constants = require('node-av/constants');
      lib.Log.setLevel(constants.AV_LOG_QUIET);
      const context = new lib.CodecContext();
      const codec = lib.Codec.findEncoderByName('aac');
      context.allocContext3(codec);
      context.sampleRate = 44100;
      context.sampleFormat = constants.AV_SAMPLE_FMT_FLTP;
      context.channelLayout = constants.AV_CHANNEL_LAYOUT_MONO;
      context.timeBase = new lib.Rational(1, 44100);
      context.setOption('aac_coder', 'fast');
      if (context.open2Sync(codec) < 0) process.exit(3);
      process.stdout.write('opened');`;

      const output = execFileSync(process.execPath, ['-e', code], { stdio: 'pipe' });

      expect(output.toString()).toBe('opened');
    });
  });
}
