import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeToPcm, probeMedia, readPacketTimes } from '#adapters/transcode-ffmpeg';

const folder = mkdtempSync(join(tmpdir(), 'callcast-ffmpeg-'));
const flv = join(folder, 'tone.flv');

beforeAll(() => {
  const source = ['-f', 'lavfi', '-i', 'sine=frequency=600:sample_rate=44100:duration=2'];
  const quiet = ['-v', 'error', '-y'];
  execFileSync('ffmpeg', [...quiet, ...source, '-c:a', 'aac', '-b:a', '64k', flv]);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('reading media with ffmpeg', () => {
  it('tells container, codec, rate and duration', async () => {
    const probe = await probeMedia(flv);

    expect(probe).toMatchObject({
      container: 'flv',
      audio: { codec: 'aac', profile: 'LC', sampleRate: 44_100, channels: 1 },
    });
    expect(probe.durationSec).toBeCloseTo(2, 1);
  });

  it('gives the samples at the rate asked for', async () => {
    const samples = await decodeToPcm(flv, { sampleRate: 8000 });

    expect(samples.length).toBeGreaterThan(15_800);
    expect(samples.length).toBeLessThan(16_600);
    expect(Math.max(...samples)).toBeGreaterThan(3000);
  });

  it('lists packets of 1024 samples each', async () => {
    const times = await readPacketTimes(flv);

    expect(times.length).toBeGreaterThan(80);
    expect(times.every(({ ptsSec }) => ptsSec >= 0)).toBe(true);
  });

  it('says which file cannot be read', async () => {
    const text = join(folder, 'text.flv');
    writeFileSync(text, 'no media at all');

    const reading = [
      probeMedia(text),
      decodeToPcm(text, { sampleRate: 8000 }),
      readPacketTimes(text),
    ];

    for (const result of await Promise.allSettled(reading))
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { name: 'TranscodeError', message: expect.stringContaining(text) as unknown },
      });
  });
});
