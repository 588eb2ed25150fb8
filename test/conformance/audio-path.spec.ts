import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { createAudioPath } from '#media';
import type { AudioFormat, Sink } from '#media';
import { buildFlvFileHeader, buildFlvFileTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import {
  RtpSource,
  SeededRandom,
  dominantToneHz,
  playDeliveries,
  tone,
  toneShare,
  trouble,
} from '#testkit';
import type { Delivery } from '#testkit';

const SEED = 8128;
const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };
const PCMA: AudioFormat = { codec: 'PCMA', clockRate: 8000, channels: 1 };
const PAYLOAD_TYPES = new Map<number, AudioFormat>([
  [0, PCMU],
  [8, PCMA],
]);

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'callcast-audio-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Broadcast {
  readonly deliveries: readonly Delivery[];
  readonly durationMs: number;
  readonly sampleRate?: number;
}

/** Puts packets on air in virtual time and writes what comes out as an FLV file. */
function broadcast(name: string, { deliveries, durationMs, sampleRate = 44_100 }: Broadcast) {
  const encoder = createWasmAacEncoder({
    sourceRate: 8000,
    sampleRate,
    channels: 1,
    bitrateKbps: 64,
  });
  const parts = [buildFlvFileHeader({ hasAudio: true, hasVideo: false })];
  const file: Sink<FlvTag> = {
    write: (tag) => void parts.push(buildFlvFileTag(tag)),
    tick: () => undefined,
    end: () => undefined,
    describe: () => 'file',
  };
  const path = createAudioPath({ payloadTypes: PAYLOAD_TYPES, encoder });
  path.fanOut.add(file);
  path.start();
  playDeliveries(path, deliveries, { untilMs: durationMs });
  const stats = path.stats();
  path.end();
  const filePath = join(folder, `${name}.flv`);
  writeFileSync(filePath, Buffer.concat(parts));
  return { filePath, stats };
}

/** The file as 16-bit mono at 8 kHz, and everything ffmpeg had to complain about. */
function decode(filePath: string): { samples: Int16Array; complaints: string } {
  const { stdout, stderr } = spawnSync(
    'ffmpeg',
    ['-v', 'warning', '-xerror', '-i', filePath, '-ar', '8000', '-f', 's16le', 'pipe:1'],
    { maxBuffer: 2 ** 28 },
  );
  return { samples: new Int16Array(Uint8Array.from(stdout).buffer), complaints: stderr.toString() };
}

function probe(filePath: string) {
  const output = execFileSync('ffprobe', [
    ...[
      '-v',
      'error',
      '-of',
      'json',
      '-show_streams',
      '-show_entries',
      'packet=dts_time',
      filePath,
    ],
  ]);
  return JSON.parse(output.toString()) as {
    streams: Record<string, string | number>[];
    packets: { dts_time: string }[];
  };
}

/** The quietest 10 ms of a stretch, as a share of its loudest. */
function evenness(samples: Int16Array): number {
  const levels: number[] = [];
  for (let at = 0; at + 80 <= samples.length; at += 80) {
    levels.push(Math.max(...samples.subarray(at, at + 80).map(Math.abs)));
  }
  return Math.min(...levels) / Math.max(...levels);
}

describe('a tone through the audio path, judged by ffmpeg', () => {
  it.each([
    { codec: 'PCMU', sampleRate: 44_100, toneHz: 440 },
    { codec: 'PCMA', sampleRate: 44_100, toneHz: 1237 },
    { codec: 'PCMU', sampleRate: 48_000, toneHz: 3001 },
    { codec: 'PCMA', sampleRate: 16_000, toneHz: 697 },
  ] as const)(
    '$codec at $sampleRate Hz keeps its pitch and length',
    ({ codec, sampleRate, toneHz }) => {
      const deliveries = new RtpSource({ signal: tone(toneHz), codec }).take(10_000);

      const { filePath } = broadcast(`${codec}-${sampleRate}`, {
        deliveries,
        durationMs: 10_000,
        sampleRate,
      });

      const { samples, complaints } = decode(filePath);
      const { streams, packets } = probe(filePath);
      // The jitter buffer holds 40 ms back, the encoder begins with a frame of its own.
      const body = samples.subarray(2000, 78_000);
      expect(complaints).toBe('');
      expect(streams).toHaveLength(1);
      expect(streams[0]).toMatchObject({
        codec_name: 'aac',
        profile: 'LC',
        sample_rate: String(sampleRate),
        channels: 1,
      });
      expect(dominantToneHz(body.subarray(0, 16_000), 8000)).toBe(toneHz);
      expect(toneShare(body, toneHz, 8000)).toBeGreaterThan(0.99);
      expect(evenness(body)).toBeGreaterThan(0.8);
      expect(samples.length / 8000).toBeGreaterThan(10);
      expect(samples.length / 8000).toBeLessThan(10 + (3 * 1024) / sampleRate);
      const times = packets.map(({ dts_time }) => Number(dts_time));
      const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
      const frameSeconds = 1024 / sampleRate;
      expect(Math.max(...steps.map((step) => Math.abs(step - frameSeconds)))).toBeLessThan(0.0011);
    },
  );

  it('is as loud as it was sent', () => {
    const deliveries = new RtpSource({ signal: tone(1000, 8000) }).take(3000);

    const { filePath, stats } = broadcast('level', { deliveries, durationMs: 3000 });

    const body = decode(filePath).samples.subarray(4000, 20_000);
    const rms = Math.sqrt(body.reduce((sum, sample) => sum + sample ** 2, 0) / body.length);
    expect(20 * Math.log10(rms / (8000 / Math.SQRT2))).toBeCloseTo(0, 0);
    expect(stats.levelDbfs).toBeCloseTo(-15.3, 0);
  });

  it('is whole and of the right length through loss, doubles, reordering and jitter', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(60_000);
    const { deliveries, ledger } = trouble(sent, {
      random: new SeededRandom(SEED),
      lossShare: 0.05,
      duplicateShare: 0.02,
      reorderShare: 0.05,
      jitterMs: 15,
    });

    const { filePath, stats } = broadcast('trouble', { deliveries, durationMs: 60_000 });

    const { samples, complaints } = decode(filePath);
    const body = samples.subarray(2000, 478_000);
    expect(complaints, `seed ${SEED}`).toBe('');
    expect(stats.lost, `seed ${SEED}`).toBe(ledger.lostCount);
    expect(Math.abs(samples.length / 8000 - 60)).toBeLessThan(0.07);
    // Speed, and with it the phase, follows the network: only in short pieces is it one tone.
    expect(meanToneShare(body, 440), `seed ${SEED}`).toBeGreaterThan(0.9);
  });

  it('is silent while the sender pauses, and comes back in time', () => {
    const source = new RtpSource({ signal: tone(440) });
    const before = source.take(2000);
    source.pause(5000);
    const after = source.take(2000);

    const { filePath } = broadcast('pause', {
      deliveries: [...before, ...after],
      durationMs: 9000,
    });

    const { samples } = decode(filePath);
    const loudest = (fromMs: number, toMs: number) =>
      Math.max(...samples.subarray(fromMs * 8, toMs * 8).map(Math.abs));
    expect(loudest(2300, 6900)).toBeLessThan(30);
    expect(loudest(7200, 7300)).toBeGreaterThan(6000);
    expect(Math.abs(samples.length / 8000 - 9)).toBeLessThan(0.07);
  });

  it('runs ten minutes through both wraps without losing a sample', () => {
    const second = new RtpSource({ signal: tone(440) }).take(1000);
    const encoder = createWasmAacEncoder({
      sourceRate: 8000,
      sampleRate: 44_100,
      channels: 1,
      bitrateKbps: 64,
    });
    let tagCount = 0;
    let lastMs = 0;
    const path = createAudioPath({ payloadTypes: PAYLOAD_TYPES, encoder });
    path.fanOut.add({
      write: (tag) => {
        tagCount += 1;
        lastMs = tag.timestampMs;
      },
      tick: () => undefined,
      end: () => undefined,
      describe: () => 'count',
    });
    path.start();

    for (let i = 0; i < 600; i++) {
      const deliveries = second.map(({ atMs, bytes }, k) =>
        restamped(bytes, i * 50 + k, atMs + i * 1000),
      );
      playDeliveries(path, deliveries, { fromMs: i * 1000, untilMs: (i + 1) * 1000 });
    }
    path.end();

    const frames = tagCount - 1;
    expect(Math.abs((frames * 1024) / 44_100 - 600)).toBeLessThan(0.07);
    expect(lastMs).toBe(Math.floor(((frames - 1) * 1024 * 1000) / 44_100));
    expect(path.stats()).toMatchObject({ lost: 0, late: 0, packets: 30_000 });
  });
});

/** How much of each fifth of a second is a tone, on average. */
function meanToneShare(samples: Int16Array, frequencyHz: number): number {
  const count = Math.floor(samples.length / 1600);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += toneShare(samples.subarray(i * 1600, (i + 1) * 1600), frequencyHz, 8000);
  }
  return sum / count;
}

/** The same packet later in the same stream. */
function restamped(bytes: Uint8Array, index: number, atMs: number): Delivery {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  view.setUint16(2, (65_000 + index) & 0xffff);
  view.setUint32(4, (4_294_000_000 + index * 160) % 2 ** 32);
  return { atMs, bytes: copy };
}
