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

/** Encodes `seconds` of sound in pieces and gives the frames. */
function encode(seconds: number, pieceSamples: number, options = OPTIONS): Uint8Array[] {
  const encoder = createLibavAacEncoder(options);
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array) => void frames.push(Uint8Array.from(frame));
  const sound = second();
  for (let i = 0; i < seconds; i++) {
    for (let at = 0; at < sound.length; at += pieceSamples) {
      encoder.encode(sound.subarray(at, at + pieceSamples), keep);
    }
  }
  encoder.flush(keep);
  encoder.close();
  return frames;
}

/** Wrappers of native objects, left to the collector, lie between the large blocks and hinder their reuse. */
function exposedGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

describe.runIf(isLibavAvailable())('the libav AAC encoder', () => {
  it('gives a frame for every 1024 samples, one frame of priming and no more than the rest', () => {
    const frames = encode(10, 160);

    const heardSamples = 10 * 44_100;
    expect(frames.length * 1024).toBeGreaterThanOrEqual(heardSamples + 1024);
    expect(frames.length * 1024).toBeLessThanOrEqual(heardSamples + 3 * 1024);
  });

  it('keeps to its bitrate', () => {
    const frames = encode(10, 160);

    const bits = 8 * frames.reduce((sum, frame) => sum + frame.length, 0);
    const kbps = bits / ((frames.length * 1024) / 44_100) / 1000;
    expect(kbps).toBeGreaterThan(58);
    expect(kbps).toBeLessThan(70);
  });

  it.each([1, 7, 160, 441, 8000])(
    'gives the same frames for pieces of %i samples',
    (pieceSamples) => {
      expect(encode(1, pieceSamples)).toEqual(encode(1, 160));
    },
  );

  it('says what it is', () => {
    const encoder = createLibavAacEncoder(OPTIONS);

    expect(encoder).toMatchObject({ sampleRate: 44_100, sourceRate: 8000, frameSamples: 1024 });
    expect([...encoder.audioSpecificConfig]).toEqual([0x12, 0x08]);
    expect(encoder.describe()).toBe('libav 8000>44100 64kb/s');
    encoder.close();
  });

  it('does nothing after flush and close', () => {
    const encoder = createLibavAacEncoder(OPTIONS);
    let frameCount = 0;
    const count = () => (frameCount += 1);

    encoder.flush(count);
    const afterFlush = frameCount;
    encoder.encode(second(), count);
    encoder.flush(count);
    encoder.close();
    encoder.close();
    encoder.encode(second(), count);

    expect(frameCount).toBe(afterFlush);
  });

  it('refuses a rate that AAC does not have', () => {
    expect(() => createLibavAacEncoder({ ...OPTIONS, sampleRate: 44_101 })).toThrow('open');
  });

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
