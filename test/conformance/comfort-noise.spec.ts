import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createAudioPath } from '#media';
import type { AudioFormat } from '#media';
import { RTP_HEADER_SIZE } from '#protocol/rtp';
import { PcmAacEncoder, RtpSource, playDeliveries } from '#testkit';

const execute = promisify(execFile);
const TIMEOUT_MS = 30_000;
const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };
const CN: AudioFormat = { codec: 'CN', clockRate: 8000, channels: 1 };

/** What ffmpeg makes of a second of noise. */
async function ffmpegOutput(color: string, output: readonly string[]): Promise<Buffer> {
  const source = `anoisesrc=r=8000:c=${color}:a=0.1:d=1:seed=1`;
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, '-map', '0:a', ...output, 'pipe:1'];
  const options = { encoding: 'buffer', timeout: TIMEOUT_MS } as const;
  return (await execute('ffmpeg', args, options)).stdout;
}

const encoded = async (color: string): Promise<Uint8Array> =>
  ffmpegOutput(color, ['-c:a', 'comfortnoise', '-frames:a', '1', '-f', 'data']);

async function original(color: string): Promise<readonly number[]> {
  const bytes = await ffmpegOutput(color, ['-f', 's16le']);
  return [...new Int16Array(Uint8Array.from(bytes).buffer)];
}

/** A moment of silence, then what our path makes of the packet. */
function heardOf(payload: Uint8Array): readonly number[] {
  const encoder = new PcmAacEncoder();
  const payloadTypes = new Map([
    [0, PCMU],
    [13, CN],
  ]);
  const path = createAudioPath({ payloadTypes, encoder });
  path.start();
  const source = new RtpSource({ signal: () => 0 });
  const before = source.take(200);
  const announced = source.comfortNoise(20).map(({ atMs, bytes }) => ({
    atMs,
    bytes: Uint8Array.from([...bytes.subarray(0, RTP_HEADER_SIZE), ...payload]),
  }));
  playDeliveries(path, [...before, ...announced], { untilMs: 1500 });
  return encoder.heard.slice(8 * 480);
}

function levelDb(samples: readonly number[]): number {
  const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
  return 20 * Math.log10(Math.sqrt(power) / 32_768);
}

/** How alike neighbours are: 1 for the lowest sounds, 0 for white noise, negative for high sounds. */
function likenessOfNeighbours(samples: readonly number[]): number {
  const energy = samples.reduce((sum, sample) => sum + sample ** 2, 0);
  return samples.reduce((sum, sample, i) => sum + sample * (samples[i + 1] ?? 0), 0) / energy;
}

describe('comfort noise of ffmpeg', () => {
  it.each(['white', 'pink', 'violet'])('sounds like its origin: %s', async (color) => {
    const [payload, origin] = await Promise.all([encoded(color), original(color)]);

    const heard = heardOf(payload);

    expect(Math.abs(levelDb(heard) - levelDb(origin))).toBeLessThan(2);
    expect(Math.abs(likenessOfNeighbours(heard) - likenessOfNeighbours(origin))).toBeLessThan(0.1);
  });
});
