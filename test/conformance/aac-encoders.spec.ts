// What every encoder behind the port AacEncoder does, whoever made it. FFmpeg's decoder judges.
import { spawnSync } from 'node:child_process';
import { setInterval } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createFfmpegAacEncoder } from '#adapters/aac-ffmpeg';
import { createLibavAacEncoder, isLibavAvailable } from '#adapters/aac-libav';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import type { AacEncoder, AacEncoderFactory, AacEncoderOptions } from '#media';
import { parseAudioSpecificConfig } from '#protocol/aac';
import { joinAdts, toneShare } from '#testkit';

const FRAME = 1024;
const PIECE_MS = 40;
const SILENT_SECONDS = 0.5;
const SECONDS = 1.6;
/** Of the left and the right channel. */
const TONES_HZ = [697, 1209] as const;

interface Kind {
  readonly name: string;
  readonly create: AacEncoderFactory;
  /** A process of its own works while the sound is spoken, and what it has not given at the end is given up. */
  readonly isPaced: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'callcast', create: createWasmAacEncoder, isPaced: false },
  { name: 'libav', create: createLibavAacEncoder, isPaced: false },
  { name: 'ffmpeg', create: createFfmpegAacEncoder(() => undefined), isPaced: true },
];
const installed = kinds.filter(({ name }) => name !== 'libav' || isLibavAvailable());

const PLAIN = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;
const STREAMS: readonly AacEncoderOptions[] = [
  PLAIN,
  { ...PLAIN, sampleRate: 48_000 },
  { ...PLAIN, sampleRate: 32_000, shortBlocks: true, bitrateKbps: 32 },
  { ...PLAIN, sampleRate: 16_000, bitrateKbps: 24 },
  { ...PLAIN, sourceRate: 16_000 },
  { ...PLAIN, sourceRate: 48_000, sampleRate: 48_000, constantRate: true },
  { ...PLAIN, sourceRate: 44_100, channels: 2, bitrateKbps: 128 },
  { ...PLAIN, sourceRate: 48_000, sampleRate: 48_000, channels: 2, bitrateKbps: 128 },
  { ...PLAIN, channels: 2, bitrateKbps: 96, shortBlocks: true },
];

const opened: AacEncoder[] = [];
afterEach(() => opened.splice(0).forEach((encoder) => encoder.close()));

function open({ create }: Kind, options: AacEncoderOptions = PLAIN): AacEncoder {
  const encoder = create(options);
  opened.push(encoder);
  return encoder;
}

/** Silence, then a tone, another one on each channel. */
function sound({ sourceRate, channels }: AacEncoderOptions): Int16Array {
  return Int16Array.from({ length: SECONDS * sourceRate * channels }, (_, index) => {
    const at = Math.floor(index / channels) / sourceRate;
    const hz = TONES_HZ[index % channels] ?? 0;
    return at < SILENT_SECONDS ? 0 : Math.round(9000 * Math.sin(2 * Math.PI * hz * at));
  });
}

/** Gives the sound in pieces, at the pace at which it sounds where that matters. */
async function encodeAll({ isPaced }: Kind, encoder: AacEncoder, pcm: Int16Array) {
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array): void => void frames.push(Uint8Array.from(frame));
  const piece = (encoder.sourceRate * encoder.channels * PIECE_MS) / 1000;
  const beat = setInterval(PIECE_MS)[Symbol.asyncIterator]();
  for (let at = 0; at < pcm.length; at += piece) {
    if (isPaced) await beat.next();
    encoder.encode(pcm.subarray(at, at + piece), keep);
  }
  await beat.return?.();
  encoder.flush(keep);
  return frames;
}

/** The channels as FFmpeg decodes them, and what it has to complain about. */
function decode(frames: readonly Uint8Array[], { sampleRate, channels }: AacEncoderOptions) {
  const input = joinAdts(frames, { sampleRateHz: sampleRate, channels });
  const options = '-v warning -xerror -f aac -i - -f s16le -'.split(' ');
  const { stdout, stderr } = spawnSync('ffmpeg', options, { input, maxBuffer: 1 << 26 });
  const mixed = new Int16Array(Uint8Array.from(stdout).buffer);
  const sides = Array.from({ length: channels }, (_, side) =>
    mixed.filter((_sample, index) => index % channels === side),
  );
  return { sides, complaints: stderr.toString() };
}

describe.each(installed)('the AAC encoder $name', (kind) => {
  const streams = kind.isPaced
    ? STREAMS.filter(({ sampleRate }) => sampleRate === 48_000)
    : STREAMS;

  it.each(streams)('gives every sound in its place: %j', async (options) => {
    const encoder = open(kind, options);

    const frames = await encodeAll(kind, encoder, sound(options));

    const { sampleRate, channels } = options;
    const { sides, complaints } = decode(frames, options);
    expect(complaints).toBe('');
    expect(parseAudioSpecificConfig(encoder.audioSpecificConfig)).toMatchObject({
      sampleRateHz: sampleRate,
      channelConfiguration: channels,
    });
    // Everything that came in, no more than two frames beyond; a process keeps up to 0.2 s to itself.
    const missing = kind.isPaced ? 0.2 * sampleRate : -encoder.primingSamples;
    expect(frames.length * FRAME).toBeGreaterThanOrEqual(SECONDS * sampleRate - missing);
    expect(frames.length * FRAME).toBeLessThanOrEqual(
      SECONDS * sampleRate + encoder.primingSamples + 2 * FRAME,
    );
    const begin = encoder.primingSamples + SILENT_SECONDS * sampleRate;
    for (const [side, samples] of sides.entries()) {
      const onset = samples.findIndex((sample) => Math.abs(sample) > 4000);
      expect(Math.abs(onset - begin) / sampleRate).toBeLessThan(0.006);
      const tone = samples.subarray(begin + 0.1 * sampleRate, begin + 0.8 * sampleRate);
      expect(toneShare(tone, TONES_HZ[side] ?? 0, sampleRate)).toBeGreaterThan(0.98);
      expect(Math.max(...tone)).toBeGreaterThan(8000);
      expect(Math.max(...tone)).toBeLessThan(10_000);
    }
  });

  it('tells its settings', () => {
    const mono = open(kind);
    const stereo = open(kind, { ...PLAIN, sampleRate: 48_000, channels: 2, bitrateKbps: 128 });

    expect(mono).toMatchObject({ frameSamples: 1024, sampleRate: 44_100, sourceRate: 8000 });
    expect(mono.describe()).toBe(`${kind.name} 8000>44100 64kb/s`);
    expect(stereo.describe()).toBe(`${kind.name} 8000>48000 stereo 128kb/s`);
    expect([mono.channels, stereo.channels]).toEqual([1, 2]);
    expect([...mono.audioSpecificConfig]).toEqual([0x12, 0x08]);
  });

  it('gives nothing after flush and close, each as often as one likes', async () => {
    const encoder = open(kind);
    await encodeAll(kind, encoder, sound(PLAIN).subarray(0, 1600));
    let late = 0;
    const count = (): void => void (late += 1);

    encoder.flush(count);
    encoder.encode(sound(PLAIN), count);
    encoder.close();
    encoder.close();
    encoder.encode(sound(PLAIN), count);
    encoder.flush(count);

    expect(late).toBe(0);
  });
});

describe.each(installed.filter(({ isPaced }) => !isPaced))('inside the worker $name', (kind) => {
  const pieced = (options: AacEncoderOptions, piece: number): Uint8Array[] => {
    const encoder = open(kind, options);
    const frames: Uint8Array[] = [];
    const keep = (frame: Uint8Array): void => void frames.push(Uint8Array.from(frame));
    const pcm = sound(options);
    for (let at = 0; at < pcm.length; at += piece)
      encoder.encode(pcm.subarray(at, at + piece), keep);
    encoder.flush(keep);
    return frames;
  };

  it('refuses a rate that AAC does not have', () => {
    expect(() => kind.create({ ...PLAIN, sampleRate: 44_101 })).toThrow();
  });

  it.each([1, 7, 160, 441, 8000])('gives the same frames for pieces of %i samples', (piece) => {
    expect(pieced(PLAIN, piece)).toEqual(pieced(PLAIN, 320));
  });

  it.each([32, 64])('keeps to its bitrate, %i kb/s, in sound that never rests', (bitrateKbps) => {
    const encoder = open(kind, { ...PLAIN, bitrateKbps });
    let bytes = 0;
    let frames = 0;
    let noise = 1;
    const keep = (frame: Uint8Array): void => {
      bytes += frame.length;
      frames += 1;
    };
    for (let packet = 0; packet < 500; packet += 1) {
      const pcm = Int16Array.from({ length: 160 }, () => {
        noise = (noise * 48_271) % 0x7fff_ffff;
        return (noise % 8001) - 4000;
      });
      encoder.encode(pcm, keep);
    }

    const kbps = (bytes * 8) / ((frames * FRAME) / 44_100) / 1000;
    expect(kbps).toBeGreaterThan(0.9 * bitrateKbps);
    expect(kbps).toBeLessThan(1.1 * bitrateKbps);
  });
});
