import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { joinAdts, SeededRandom } from '#testkit';

const SAMPLE_RATE = 44_100;
const BURSTS = 12;
/** Between bursts, and until the noise of one has died away; in seconds. */
const EVERY = 0.4;
const DECAY = 1 / 40;

/** Bursts of noise that begin at once and die away, on almost nothing; not two at the same place of a frame. */
function bursts(rate: number): { pcm: Int16Array; attacks: number[] } {
  const random = new SeededRandom(rate);
  const attacks = Array.from({ length: BURSTS }, (_, k) => (k + 0.5) * EVERY + k * 0.0043);
  const white = Array.from(
    { length: (BURSTS + 1) * EVERY * rate },
    () => random.below(2001) / 1000 - 1,
  );
  const pcm = Int16Array.from(white, (_, n) => {
    const last = attacks.findLast((attack) => attack * rate <= n);
    const loudness = last === undefined ? 0 : Math.exp((last - n / rate) / DECAY);
    // Nothing at the end of the band, where a resampler rings.
    const noise = white[n]! + 2 * (white[n - 1] ?? 0) + (white[n - 2] ?? 0);
    return 3500 * noise * Math.max(loudness, 1e-4);
  });
  return { pcm, attacks };
}

function decoded(adts: Uint8Array): Float32Array {
  const options = '-v error -xerror -f aac -i - -f f32le -'.split(' ');
  const bytes = execFileSync('ffmpeg', options, { input: adts, maxBuffer: 1e8 });
  return Float32Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readFloatLE(4 * n));
}

/** The mean of what is heard in the 10 ms before an attack, in dB of what is heard in the 10 ms behind it. */
function preEchoDb(sound: Float32Array, attacks: readonly number[], delay: number): number {
  const energy = (from: number, to: number): number =>
    sound.subarray(from, to).reduce((sum, sample) => sum + sample ** 2, 1e-9);
  const ratios = attacks.map((attack) => {
    const at = Math.round(attack * SAMPLE_RATE + delay);
    return 10 * Math.log10(energy(at - 485, at - 44) / energy(at, at + 441));
  });
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

function ours(pcm: Int16Array, rate: number, bitrateKbps: number, shortBlocks: boolean) {
  const options = { sourceRate: rate, sampleRate: SAMPLE_RATE, channels: 1, bitrateKbps } as const;
  const encoder = createWasmAacEncoder({ ...options, shortBlocks });
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array) => frames.push(frame.slice());
  encoder.encode(pcm, keep);
  encoder.flush(keep);
  encoder.close();
  const adts = joinAdts(frames, { sampleRateHz: SAMPLE_RATE, channels: 1 });
  return { sound: decoded(adts), delay: encoder.primingSamples };
}

// What FFmpeg's fast coder left on bursts of telephone sound when this encoder was planned is -38, -41 and -41.5 dB.
// Short windows must win against long ones where there is something to win, and lose little where both are inaudible.
describe.each([
  { rate: 8_000, bitrateKbps: 32, mostDb: -44, leastGainDb: -4 },
  { rate: 8_000, bitrateKbps: 48, mostDb: -47, leastGainDb: -4 },
  { rate: 8_000, bitrateKbps: 64, mostDb: -47, leastGainDb: -4 },
  { rate: 16_000, bitrateKbps: 32, mostDb: -39, leastGainDb: 6 },
  { rate: 48_000, bitrateKbps: 32, mostDb: -27, leastGainDb: 8 },
  { rate: 48_000, bitrateKbps: 64, mostDb: -38, leastGainDb: 8 },
])('bursts of $rate Hz at $bitrateKbps kb/s', ({ rate, bitrateKbps, mostDb, leastGainDb }) => {
  it('are not heard before they begin, with short windows', () => {
    const { pcm, attacks } = bursts(rate);
    const short = ours(pcm, rate, bitrateKbps, true);
    const long = ours(pcm, rate, bitrateKbps, false);
    const shortDb = preEchoDb(short.sound, attacks, short.delay);
    const longDb = preEchoDb(long.sound, attacks, long.delay);
    expect(shortDb).toBeLessThan(mostDb);
    expect(shortDb).toBeLessThan(longDb - leastGainDb);
  });
});
