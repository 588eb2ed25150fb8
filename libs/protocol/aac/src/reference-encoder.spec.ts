import { describe, expect, it } from 'vitest';
import { SeededRandom, voice } from '#testkit';
import type { Signal } from '#testkit';
import { ReferenceEncoder } from './reference-encoder.ts';
import type { ReferenceEncoderOptions } from './reference-encoder.ts';

const OPTIONS: ReferenceEncoderOptions = {
  sourceRate: 8000,
  sampleRate: 44_100,
  channels: 1,
  bitrateKbps: 64,
  shortBlocks: false,
  constantRate: false,
};

function pcmOf(signal: Signal, count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, i) => signal(i));
}

function encode(options: ReferenceEncoderOptions, pcm: Int16Array, piece = 160): Uint8Array[] {
  const encoder = new ReferenceEncoder(options);
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array): void => void frames.push(Uint8Array.from(frame));
  for (let at = 0; at < pcm.length; at += piece) {
    encoder.encode(pcm.subarray(at, at + piece), keep);
  }
  encoder.flush(keep);
  return frames;
}

const bitsOf = (frames: readonly Uint8Array[]): number =>
  8 * frames.reduce((sum, frame) => sum + frame.length, 0);

describe('the reference encoder', () => {
  it('makes four bytes of digital silence', () => {
    const frames = encode(OPTIONS, new Int16Array(8000));

    expect(new Set(frames.map((frame) => frame.length))).toEqual(new Set([4]));
  });

  it('gives the frames that hold the last sample, and none more', () => {
    for (const count of [1, 160, 8000, 8001]) {
      const frames = encode(OPTIONS, pcmOf(voice(new SeededRandom(1)), count));
      const { primingSamples } = new ReferenceEncoder(OPTIONS);
      const samples = (count * 44_100) / 8000 + primingSamples;

      expect(Math.abs(frames.length - Math.ceil(samples / 1024))).toBeLessThanOrEqual(1);
      expect(frames.length * 1024).toBeGreaterThanOrEqual(Math.floor(samples) - 1);
    }
    expect(encode(OPTIONS, new Int16Array(0))).toHaveLength(0);
  });

  it.each([1, 7, 441, 4000])('gives the same frames for pieces of %i samples', (piece) => {
    const pcm = pcmOf(voice(new SeededRandom(2)), 4000);

    expect(encode(OPTIONS, pcm, piece)).toEqual(encode(OPTIONS, pcm));
  });

  it.each([
    [32, 44_100],
    [48, 48_000],
    [64, 44_100],
    [64, 32_000],
    [48, 16_000],
  ])(
    'keeps %i kb/s at %i Hz within half a percent over speech with noise',
    (bitrateKbps, sampleRate) => {
      const pcm = pcmOf(voice(new SeededRandom(3)), 20 * 8000);

      const frames = encode({ ...OPTIONS, bitrateKbps, sampleRate }, pcm);

      const kbps = bitsOf(frames) / ((frames.length * 1024) / sampleRate) / 1000;
      expect(Math.abs(kbps / bitrateKbps - 1)).toBeLessThan(0.005);
    },
  );

  it('keeps a constant rate over silence', () => {
    const frames = encode({ ...OPTIONS, constantRate: true }, new Int16Array(20 * 8000));

    const kbps = bitsOf(frames) / ((frames.length * 1024) / 44_100) / 1000;
    expect(kbps).toBeGreaterThan(63.5);
    expect(kbps).toBeLessThan(64.5);
  });

  it('never exceeds 6144 bits for each channel, whatever it gets', () => {
    const random = new SeededRandom(4);
    for (const channels of [1, 2] as const) {
      for (const bitrateKbps of [16, 64, 256]) {
        for (const shortBlocks of [false, true]) {
          const sampleRate = [16_000, 32_000, 44_100, 48_000][random.below(4)] ?? 44_100;
          const sourceRate = [8000, 16_000, 48_000][random.below(3)] ?? 8000;
          const loud = (): number => (random.below(2) === 0 ? 32_767 : -32_768);
          const rough = (i: number): number => (Math.floor(i / 3000) % 2 === 0 ? loud() : 0);
          const pcm = Int16Array.from({ length: sourceRate / 2 }, (_, i) => rough(i));
          const options = { sampleRate, sourceRate, channels, bitrateKbps, shortBlocks };

          const frames = encode({ ...options, constantRate: false }, pcm);

          expect(Math.max(...frames.map((frame) => 8 * frame.length))).toBeLessThanOrEqual(
            6144 * channels,
          );
        }
      }
    }
  });

  it('gives an attack more bits than the sound before it', () => {
    const hum = (i: number): number => Math.round(300 * Math.sin(i * 0.2));
    const random = new SeededRandom(5);
    const pcm = Int16Array.from({ length: 16_000 }, (_, i) =>
      i < 8000 ? hum(i) : random.below(30_000) - 15_000,
    );

    const sizes = encode({ ...OPTIONS, bitrateKbps: 32 }, pcm).map((frame) => frame.length);

    const attack = Math.floor(44_100 / 1024);
    expect(Math.max(...sizes.slice(attack, attack + 3))).toBeGreaterThan(130);
  });
});
