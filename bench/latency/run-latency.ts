import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Contender, MediaTarget } from '../rig/contender.ts';
import { FfmpegContender } from '../rig/ffmpeg-contender.ts';
import { PacketSender } from '../rig/packet-sender.ts';
import { quantile, round } from '../rig/quantile.ts';
import { StreamReader } from '../rig/stream-reader.ts';
import { WorkerContender } from '../rig/worker-contender.ts';
import { clickDelaysMs } from './click-delays.ts';

const CALLS = 10;
const STREAM = { sampleRate: 44_100, bitrateKbps: 64 };
const SETTLE_MS = 5_000;
const WINDOW_MS = 30_000;
const FLOW_TIMEOUT_MS = 30_000;
/** Fewer clicks say nothing about the slowest hundredth. */
const MIN_CLICKS = 100;

interface Rig {
  readonly sender: PacketSender;
  readonly reader: StreamReader;
  readonly contenders: readonly Contender[];
}

/** From a click in an RTP packet to the bytes of the same click at the RTMP server, ours and ffmpeg's at the same time. */
export async function runLatency(args: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-latency-'));
  const reader = await StreamReader.start('frames');
  const sender = await PacketSender.start(CALLS, 'clicks', lossShareIn(args));
  const { rtmpBase } = reader;
  const { sourcePort } = sender;
  const worker = new WorkerContender({
    ...STREAM,
    rtmpBase,
    folder,
    sourcePort,
    settings: { CALLCAST_JITTER_MAX_MS: '60' },
  });
  const ffmpeg = new FfmpegContender({ ...STREAM, rtmpBase, folder });
  try {
    await worker.warmUp();
    const [ours, theirs] = await measure({ sender, reader, contenders: [worker, ffmpeg] });
    if (ours === undefined || theirs === undefined) throw new Error('nothing measured');
    print(ours, theirs, args.includes('--json'));
  } finally {
    await Promise.all([worker.close(), ffmpeg.close()]);
    sender.stop();
    reader.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function lossShareIn(args: readonly string[]): number {
  const at = args.indexOf('--loss');
  const percent = at < 0 ? 0 : Number(args[at + 1]);
  if (percent >= 0 && percent <= 50) return percent / 100;
  throw new Error('usage: npm run bench -- latency [--loss PERCENT, 0 to 50] [--json]');
}

/** The delays of all clicks of each contender, in milliseconds. */
async function measure({ sender, reader, contenders }: Rig): Promise<readonly number[][]> {
  const indexes = Array.from({ length: CALLS }, (_, index) => index);
  const opened: (readonly MediaTarget[])[] = [];
  for (const contender of contenders) {
    opened.push(await contender.open(indexes));
    await sender.send(indexes.map((index) => opened.flatMap((of) => of[index] ?? [])));
  }
  const keys = contenders.flatMap((one) => indexes.map((index) => one.streamKey(index)));
  await reader.untilFlowing(keys, FLOW_TIMEOUT_MS);
  await pause(SETTLE_MS);
  const fromMicros = Number(process.hrtime.bigint() / 1000n);
  await pause(WINDOW_MS);
  const [clicks, frames] = [await sender.clicks(), await reader.frames()];
  return contenders.map((contender) =>
    indexes.flatMap((index) => {
      const sent = (clicks[index] ?? []).filter(({ atMicros }) => atMicros >= fromMicros);
      return clickDelaysMs(sent, frames[contender.streamKey(index)] ?? [], STREAM.sampleRate);
    }),
  );
}

function print(ours: readonly number[], theirs: readonly number[], isJson: boolean): void {
  const [a, b] = [figuresOf(ours), figuresOf(theirs)];
  const ratio = { p50: round(a.p50Ms / b.p50Ms, 3) };
  console.log(`${ours.length} and ${theirs.length} clicks of ${CALLS} calls:`);
  console.log(`  ours    ${a.p50Ms} ms (half), ${a.p99Ms} ms (99 of 100)`);
  console.log(`  ffmpeg  ${b.p50Ms} ms, ${b.p99Ms} ms`);
  console.log(`  ratio   ${ratio.p50}`);
  if (isJson) console.log(JSON.stringify({ bench: 'latency', ours: a, ffmpeg: b, ratio }));
}

function figuresOf(delaysMs: readonly number[]) {
  if (delaysMs.length < MIN_CLICKS) throw new Error(`only ${delaysMs.length} clicks were found`);
  return { p50Ms: round(quantile(delaysMs, 0.5), 1), p99Ms: round(quantile(delaysMs, 0.99), 1) };
}
