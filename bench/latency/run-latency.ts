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

/** On each of the two networks. */
const CALLS = 10;
const STREAM = { sampleRate: 44_100, bitrateKbps: 64 };
/** What ours may wait for late packets: the jitter of the bad network, and the beat. */
const JITTER_TARGET_MS = 60;
const JITTER_MS = 40;
const LOSS_PERCENT = 5;
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

/** The delays of all clicks of each contender, in milliseconds. */
interface Delays {
  readonly clean: readonly number[][];
  readonly troubled: readonly number[][];
}

/**
 * From a click in an RTP packet to the bytes of the same click at the RTMP server, ours and ffmpeg's at the same time, half
 * of the calls on a clean network and half on a bad one.
 */
export async function runLatency(args: readonly string[]): Promise<void> {
  const lossPercent = lossPercentIn(args);
  const folder = mkdtempSync(join(tmpdir(), 'callcast-latency-'));
  const reader = await StreamReader.start('frames');
  const trouble = { count: CALLS, lossShare: lossPercent / 100, jitterMs: JITTER_MS };
  const sender = await PacketSender.start(2 * CALLS, 'clicks', trouble);
  const { rtmpBase } = reader;
  const { sourcePort } = sender;
  const settings = { CALLCAST_JITTER_MAX_MS: String(JITTER_TARGET_MS) };
  const worker = new WorkerContender({ ...STREAM, rtmpBase, folder, sourcePort, settings });
  const ffmpeg = new FfmpegContender({ ...STREAM, rtmpBase, folder });
  try {
    await worker.warmUp();
    const delays = await measure({ sender, reader, contenders: [worker, ffmpeg] });
    print(delays, { lossPercent, isJson: args.includes('--json') });
  } finally {
    await Promise.all([worker.close(), ffmpeg.close()]);
    sender.stop();
    reader.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function lossPercentIn(args: readonly string[]): number {
  const at = args.indexOf('--loss');
  const percent = at < 0 ? LOSS_PERCENT : Number(args[at + 1]);
  if (percent >= 0 && percent <= 50) return percent;
  throw new Error('usage: npm run bench -- latency [--loss PERCENT, 0 to 50] [--json]');
}

async function measure({ sender, reader, contenders }: Rig): Promise<Delays> {
  const indexes = Array.from({ length: 2 * CALLS }, (_, index) => index);
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
  const delaysOf = (contender: Contender, calls: readonly number[]): number[] =>
    calls.flatMap((index) => {
      const sent = (clicks[index] ?? []).filter(({ atMicros }) => atMicros >= fromMicros);
      return clickDelaysMs(sent, frames[contender.streamKey(index)] ?? [], STREAM.sampleRate);
    });
  return {
    clean: contenders.map((contender) => delaysOf(contender, indexes.slice(0, CALLS))),
    troubled: contenders.map((contender) => delaysOf(contender, indexes.slice(CALLS))),
  };
}

function print(
  { clean, troubled }: Delays,
  { lossPercent, isJson }: { readonly lossPercent: number; readonly isJson: boolean },
): void {
  const figures = { troubled: compare(troubled), clean: compare(clean) };
  const network = { lossPercent, jitterMs: JITTER_MS, jitterTargetMs: JITTER_TARGET_MS };
  tell(`${lossPercent} % lost, up to ${JITTER_MS} ms of jitter`, figures.troubled);
  tell('a clean network', figures.clean);
  if (!isJson) return;
  const { troubled: top, clean: beside } = figures;
  console.log(JSON.stringify({ bench: 'latency', ...top, network, clean: beside }));
}

function tell(network: string, { ours, ffmpeg, ratio }: ReturnType<typeof compare>): void {
  console.log(`${CALLS} calls, ${network}:`);
  console.log(`  ours    ${ours.p50Ms} ms (half), ${ours.p99Ms} ms (99 of 100)`);
  console.log(`  ffmpeg  ${ffmpeg.p50Ms} ms, ${ffmpeg.p99Ms} ms`);
  console.log(`  ratio   ${ratio.p50}`);
}

function compare([ours = [], theirs = []]: readonly number[][]) {
  const [a, b] = [figuresOf(ours), figuresOf(theirs)];
  return { ours: a, ffmpeg: b, ratio: { p50: round(a.p50Ms / b.p50Ms, 3) } };
}

function figuresOf(delaysMs: readonly number[]) {
  if (delaysMs.length < MIN_CLICKS) throw new Error(`only ${delaysMs.length} clicks were found`);
  return { p50Ms: round(quantile(delaysMs, 0.5), 1), p99Ms: round(quantile(delaysMs, 0.99), 1) };
}
