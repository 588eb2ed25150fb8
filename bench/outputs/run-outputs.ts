import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startNginxRtmp } from '#testkit';
import type { NginxRtmp } from '#testkit';
import type { MediaTarget } from '../rig/contender.ts';
import { FfmpegContender } from '../rig/ffmpeg-contender.ts';
import { PacketSender } from '../rig/packet-sender.ts';
import { costOf, cpuPercent } from '../rig/process-cost.ts';
import { median, round } from '../rig/quantile.ts';
import { receivedBytes, untilFlowing } from '../rig/stream-watch.ts';
import { outputKey, WorkerContender } from '../rig/worker-contender.ts';

const CALLS = 20;
/** Of each call beside its first. */
const EXTRA_OUTPUTS = 4;
const FFMPEGS = 10;
const ROUNDS = 3;
const STREAM = { sampleRate: 44_100, bitrateKbps: 64 };
const WINDOW_MS = 10_000;
const SETTLE_MS = 2000;
const FLOW_TIMEOUT_MS = 60_000;
/** A stream that brings less of its bytes has stood still for a while. */
const LEAST_FLOW = 0.9;

interface Rig {
  readonly nginx: NginxRtmp;
  readonly sender: PacketSender;
}

/**
 * What one more output of a call costs: calls with one output, the same calls with more, by turns; and beside it what
 * people do without such a thing: one more ffmpeg process for each output, which reads the same RTP, encodes and publishes.
 */
export async function runOutputs(args: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-outputs-'));
  const nginx = await startNginxRtmp({ workDir: folder, record: false });
  const rtmpBase = `rtmp://127.0.0.1:${nginx.port}/live`;
  const sender = await PacketSender.start(CALLS, 'speech');
  const { sourcePort } = sender;
  const ours = new WorkerContender({ ...STREAM, rtmpBase, folder, sourcePort });
  const ffmpeg = new FfmpegContender({ ...STREAM, rtmpBase, folder });
  try {
    await ours.warmUp();
    const rig = { nginx, sender };
    const differences: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await measureOurs(ours, { ...rig, outputs: 1, round });
      const more = await measureOurs(ours, { ...rig, outputs: 1 + EXTRA_OUTPUTS, round });
      differences.push((more - one) / (CALLS * EXTRA_OUTPUTS));
    }
    await ours.close();
    print(median(differences), await measureFfmpeg(ffmpeg, rig), args.includes('--json'));
  } finally {
    await Promise.all([ours.close(), ffmpeg.close()]);
    sender.stop();
    await nginx.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Percent of a core that the calls of one round use together. */
async function measureOurs(
  ours: WorkerContender,
  { outputs, round, ...rig }: Rig & { readonly outputs: number; readonly round: number },
): Promise<number> {
  // Other indexes each time: the callee and the RTMP server know the streams apart.
  const first = (round * 2 + (outputs === 1 ? 0 : 1)) * CALLS;
  const indexes = upTo(CALLS).map((index) => first + index);
  const targets = await ours.open(indexes, outputs);
  const keys = indexes.flatMap((index) =>
    upTo(outputs).map((output) => outputKey(ours.streamKey(index), output)),
  );
  const used = await measure({ ...rig, keys, targets, pids: ours.pids() });
  await ours.hangUp();
  return used;
}

async function measureFfmpeg(ffmpeg: FfmpegContender, rig: Rig): Promise<number> {
  const indexes = upTo(FFMPEGS);
  const targets = await ffmpeg.open(indexes);
  const keys = indexes.map((index) => ffmpeg.streamKey(index));
  return (await measure({ ...rig, keys, targets, pids: ffmpeg.pids() })) / FFMPEGS;
}

interface Measurement extends Rig {
  readonly keys: readonly string[];
  readonly targets: readonly MediaTarget[];
  readonly pids: readonly number[];
}

async function measure({ nginx, sender, keys, targets, pids }: Measurement): Promise<number> {
  await sender.send(targets.map((target) => [target]));
  await untilFlowing(nginx.httpStatPort, keys, FLOW_TIMEOUT_MS);
  await pause(SETTLE_MS);
  const bytesBefore = await receivedBytes(nginx.httpStatPort);
  const before = costOf(pids);
  await pause(WINDOW_MS);
  const used = cpuPercent(before, costOf(pids));
  const bytesAfter = await receivedBytes(nginx.httpStatPort);
  const due = ((STREAM.bitrateKbps * 1000) / 8) * (WINDOW_MS / 1000) * LEAST_FLOW;
  for (const key of keys) {
    const bytes = (bytesAfter.get(key) ?? 0) - (bytesBefore.get(key) ?? 0);
    if (bytes < due) throw new Error(`${key} brought ${bytes} bytes where ${due} were due`);
  }
  return used;
}

function print(oursPct: number, ffmpegPct: number, isJson: boolean): void {
  const figures = {
    bench: 'outputs',
    calls: CALLS,
    extraOutputsPerCall: EXTRA_OUTPUTS,
    cpuPctPerExtraOutput: round(oursPct, 4),
    ffmpegCpuPct: round(ffmpegPct, 3),
    ratio: round(oursPct / ffmpegPct, 3),
  };
  console.log(`one more output of a call: ${figures.cpuPctPerExtraOutput} % of a core`);
  console.log(`one more ffmpeg process:   ${figures.ffmpegCpuPct} % of a core`);
  console.log(`ratio ${figures.ratio}`);
  if (isJson) console.log(JSON.stringify(figures));
}
