import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ReferenceEncoder } from '#protocol/aac';
import {
  SeededRandom,
  joinAdts,
  largestJump,
  makeSpeech,
  resampled,
  soundQuality,
  splitAdts,
} from '#testkit';
import type { SoundQuality } from '#testkit';

const STREAM_RATE = 44_100;
/** Just below 2^17 samples of the stream: transforms of the judge stay small. */
const SECONDS = 2.96;

interface Material {
  readonly sourceRate: number;
  readonly toHz: number;
  readonly pcm: Int16Array;
  /** The same at the stream's rate, in 16-bit units. */
  readonly original: Float64Array;
}

const materials: Record<string, Material> = {};

/** Decaying harmonics, a new chord of two every quarter of a second. */
function music(sourceRate: number): Int16Array {
  const roots = [220, 277.2, 329.6, 247];
  return Int16Array.from({ length: SECONDS * sourceRate }, (_, i) => {
    const seconds = i / sourceRate;
    const beat = Math.floor(seconds * 4);
    const age = seconds - beat / 4;
    let sum = 0;
    for (const root of [roots[beat % 4] ?? 220, (roots[(beat + 1) % 4] ?? 220) * 1.5]) {
      for (let harmonic = 1; harmonic * root < 3600; harmonic += 1) {
        const phase = 2 * Math.PI * root * harmonic * seconds + harmonic;
        sum += (Math.sin(phase) * Math.exp(-age * (2 + harmonic))) / harmonic;
      }
    }
    return Math.round(6000 * Math.min(1, age * 300) * sum);
  });
}

async function speech(sourceRate: number): Promise<Int16Array> {
  const said = await makeSpeech(
    'She sells six fresh sea shells, and sings to Charles.',
    sourceRate,
  );
  const random = new SeededRandom(11);
  const at = (i: number): number => Math.round((said[i] ?? 0) * 0.7 + random.below(41) - 20);
  return Int16Array.from({ length: SECONDS * sourceRate }, (_, i) => at(i));
}

function decode(adts: Uint8Array): Float64Array {
  const options = '-v error -xerror -f aac -i - -f f32le -'.split(' ');
  const bytes = execFileSync('ffmpeg', options, { input: adts, maxBuffer: 1 << 26 });
  return Float64Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readFloatLE(4 * n));
}

interface Heard {
  readonly quality: SoundQuality;
  readonly kbps: number;
}

function judge(material: Material, adts: Uint8Array): Heard {
  const { frames } = splitAdts(adts);
  const bits = 8 * frames.reduce((sum, frame) => sum + frame.length, 0);
  const band = { sampleRate: STREAM_RATE, toHz: material.toHz };
  return {
    quality: soundQuality(
      material.original.map((sample) => sample / 32_768),
      decode(adts),
      band,
    ),
    kbps: bits / ((frames.length * 1024) / STREAM_RATE) / 1000,
  };
}

/** What FFmpeg's fast coder makes of the same sound at the stream's rate. */
function theirs(material: Material, kbps: number): Heard {
  const pcm = Int16Array.from(material.original, (sample) => Math.round(sample));
  const input = `-v error -f s16le -ar ${STREAM_RATE} -ac 1 -i -`;
  const output = `-c:a aac -aac_coder fast -b:a ${kbps}k -f adts -`;
  return judge(
    material,
    execFileSync('ffmpeg', [...input.split(' '), ...output.split(' ')], {
      input: new Uint8Array(pcm.buffer),
      maxBuffer: 1 << 26,
    }),
  );
}

function ours(material: Material, bitrateKbps: number): Heard {
  const encoder = new ReferenceEncoder({
    sourceRate: material.sourceRate,
    sampleRate: STREAM_RATE,
    channels: 1,
    bitrateKbps,
    shortBlocks: bitrateKbps <= 32,
    constantRate: false,
  });
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array): void => void frames.push(Uint8Array.from(frame));
  encoder.encode(material.pcm, keep);
  encoder.flush(keep);
  return judge(material, joinAdts(frames, { sampleRateHz: STREAM_RATE, channels: 1 }));
}

const of = (sourceRate: number, toHz: number, pcm: Int16Array): Material => ({
  sourceRate,
  toHz,
  pcm,
  original: resampled(pcm, sourceRate, STREAM_RATE),
});

beforeAll(async () => {
  materials['speech'] = of(8000, 3700, await speech(8000));
  materials['music'] = of(8000, 3700, music(8000));
  materials['wideband speech'] = of(16_000, 7000, await speech(16_000));
});

describe('AAC beside the fast coder of FFmpeg', () => {
  it.each([
    ['speech', 32],
    ['speech', 48],
    ['speech', 64],
    ['music', 32],
    ['music', 64],
    ['wideband speech', 32],
    ['wideband speech', 48],
    ['wideband speech', 64],
  ])('is not worse for %s at %i kb/s', (name, kbps) => {
    const material = materials[name];
    if (material === undefined) throw new Error(`no ${name}`);
    const mine = ours(material, kbps);
    const other = theirs(material, kbps);

    // Theirs spends a little more than it was told, ours must not.
    expect(mine.kbps).toBeLessThan(1.01 * other.kbps);
    expect(mine.quality.segSnrDb).toBeGreaterThan(other.quality.segSnrDb - (kbps === 32 ? 0.5 : 0));
    expect(mine.quality.lsdDb).toBeLessThan(other.quality.lsdDb);
    expect(Math.abs(mine.quality.levelDb)).toBeLessThan(kbps === 32 ? 0.2 : 0.1);
    const step = largestJump(material.original) / 32_768;
    expect(mine.quality.largestJump).toBeLessThan(1.15 * step);
  });
});
