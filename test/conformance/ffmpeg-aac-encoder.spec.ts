import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { AacEncoder } from '#media';
import { toneShare } from '#testkit';
import { createFfmpegAacEncoder } from '#adapters/aac-ffmpeg';

const RATE = 44_100;
const TONE_HZ = 440;
const PIECE_MS = 40;
const opened: AacEncoder[] = [];

afterEach(() => opened.splice(0).forEach((encoder) => encoder.close()));

function open(channels: 1 | 2 = 1, reasons: string[] = []): AacEncoder {
  const options = { sourceRate: 8000, sampleRate: RATE, channels, bitrateKbps: 64 } as const;
  const encoder = createFfmpegAacEncoder((reason) => reasons.push(reason))(options);
  opened.push(encoder);
  return encoder;
}

/** Gives a tone at the pace at which it sounds, for the child takes its time, until `isEnough`. */
async function speak(
  encoder: AacEncoder,
  isEnough: (frames: readonly Uint8Array[], seconds: number) => boolean,
  channels = 1,
): Promise<{ frames: Uint8Array[]; seconds: number }> {
  const frames: Uint8Array[] = [];
  const pieceSamples = (8000 * PIECE_MS) / 1000;
  const beat = setInterval(PIECE_MS)[Symbol.asyncIterator]();
  let pieces = 0;
  do {
    await beat.next();
    const pcm = Int16Array.from({ length: pieceSamples * channels }, (_sample, i) => {
      const at = pieces * pieceSamples + Math.floor(i / channels);
      return Math.round(10_000 * Math.sin((2 * Math.PI * TONE_HZ * at) / 8000));
    });
    encoder.encode(pcm, (frame) => void frames.push(Uint8Array.from(frame)));
    pieces += 1;
  } while (!isEnough(frames, (pieces * PIECE_MS) / 1000));
  await beat.return?.();
  return { frames, seconds: (pieces * PIECE_MS) / 1000 };
}

/** What a foreign decoder hears, mixed to one channel. */
function decode(encoder: AacEncoder, frames: readonly Uint8Array[]): Int16Array {
  const config = encoder.audioSpecificConfig;
  const channels = ((config[1] ?? 0) >> 3) & 0x0f;
  const adts = frames.map((frame) => {
    const size = frame.length + 7;
    const header = [0xff, 0xf1, 0x50, channels << 6, size >> 3, ((size & 7) << 5) | 0x1f, 0xfc];
    header[3] = (channels << 6) | (size >> 11);
    header[4] = (size >> 3) & 0xff;
    return Buffer.concat([Buffer.from(header), frame]);
  });
  const args = ['-v', 'error', '-xerror', '-f', 'aac', '-i', '-', '-ac', '1', '-f', 's16le', '-'];
  const pcm = execFileSync('ffmpeg', args, { input: Buffer.concat(adts), maxBuffer: 10_000_000 });
  return new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length));
}

/** How much is the tone, in most windows of 46 ms: on a busy machine some frames come too late and are silent. */
function medianShare(heard: Int16Array): number {
  const shares: number[] = [];
  for (let at = 0; at + 2048 <= heard.length; at += 2048) {
    shares.push(toneShare(heard.subarray(at, at + 2048), TONE_HZ, RATE));
  }
  return shares.sort((a, b) => a - b)[Math.floor(shares.length / 2)] ?? 0;
}

/** The ffmpeg processes that this process has started. */
function ffmpegPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return new RegExp(`\\(ffmpeg\\) [A-Z] ${process.pid} `).test(stat);
      } catch {
        return false;
      }
    });
}

describe('the ffmpeg AAC encoder', () => {
  it.each([1, 2] as const)('gives the tone it is given, on %i channels', async (channels) => {
    const encoder = open(channels);

    const { frames, seconds } = await speak(encoder, (_, spoken) => spoken >= 2, channels);

    const heard = decode(encoder, frames);
    expect(frames.length * 1024).toBeGreaterThan((seconds - 0.2) * RATE);
    expect(frames.length * 1024).toBeLessThanOrEqual((seconds + 0.05) * RATE);
    expect(medianShare(heard)).toBeGreaterThan(0.99);
  });

  it('goes on with silence and then with sound when its process is killed', async () => {
    const reasons: string[] = [];
    const encoder = open(1, reasons);
    const before = await speak(encoder, (frames) => frames.length > 20);
    const [pid, ...others] = ffmpegPids();
    expect(others).toEqual([]);
    process.kill(pid ?? 0, 'SIGKILL');

    const after = await speak(
      encoder,
      (frames, seconds) => seconds >= 1 && (frames.at(-1)?.length ?? 0) > 20,
    );

    const seconds = before.seconds + after.seconds;
    const samples = (before.frames.length + after.frames.length) * 1024;
    expect(reasons).toHaveLength(1);
    expect(samples).toBeGreaterThan((seconds - 0.2) * RATE);
    expect(samples).toBeLessThanOrEqual((seconds + 0.05) * RATE);
    expect(ffmpegPids()).not.toContain(pid);
    const heard = decode(encoder, [...before.frames, ...after.frames]);
    expect(toneShare(heard.subarray(-2048), TONE_HZ, RATE)).toBeGreaterThan(0.5);
  });

  it('gives nothing and leaves no process behind once it is closed', async () => {
    const encoder = open();
    await speak(encoder, (frames) => frames.length > 0);

    encoder.close();
    encoder.close();
    encoder.encode(new Int16Array(160), () => expect.unreachable());

    await expect.poll(ffmpegPids).toEqual([]);
  });
});
