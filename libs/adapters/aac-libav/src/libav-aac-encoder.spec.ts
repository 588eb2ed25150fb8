import { execFileSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { createLibavAacEncoder, isLibavAvailable } from './index.ts';

const OPTIONS = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;

/** One second of a tone with noise. */
function second(): Int16Array {
  const random = new SeededRandom(5);
  return Int16Array.from({ length: 8000 }, (_, i) =>
    Math.round(8000 * Math.sin(i * 0.3) + random.below(2000)),
  );
}

/** Wrappers of native objects, left to the collector, lie between the large blocks and hinder their reuse. */
function exposedGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

if (!isLibavAvailable()) {
  it('says what to install where node-av is not', () => {
    expect(() => createLibavAacEncoder(OPTIONS)).toThrow(/npm install node-av/);
  });
}

if (isLibavAvailable()) {
  describe('the libav AAC encoder', () => {
    it('gives its memory back: 400 encoders one after the other cost less than 100 at once', async () => {
      const sound = second();
      const collectGarbage = exposedGarbageCollector();
      const open = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const encoder = createLibavAacEncoder(OPTIONS);
          encoder.encode(sound.subarray(0, 1600), () => undefined);
          encoder.close();
          if (i % 20 === 0) {
            collectGarbage();
            await new Promise((turn) => setImmediate(turn));
          }
        }
      };
      await open(100);
      const before = process.memoryUsage.rss();

      await open(400);

      expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 850_000);
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
