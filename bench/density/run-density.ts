import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startNginxRtmp } from '#testkit';
import type { NginxRtmp } from '#testkit';
import type { Contender } from '../rig/contender.ts';
import { FfmpegContender } from '../rig/ffmpeg-contender.ts';
import { PacketSender } from '../rig/packet-sender.ts';
import { costOf, cpuPercent } from '../rig/process-cost.ts';
import type { IdleCost, ProcessCost } from '../rig/process-cost.ts';
import { round } from '../rig/quantile.ts';
import { receivedBytes, untilFlowing } from '../rig/stream-watch.ts';
import { WorkerContender } from '../rig/worker-contender.ts';

/** What is asked for on the command line: `[N] [--json] [--rate HZ]`. */
interface DensitySettings {
  readonly calls: number;
  readonly sampleRate: number;
  readonly isJson: boolean;
}

/** What one call costs one contender. */
interface CallCost {
  /** All that the processes use, idle or not, divided among the calls. */
  readonly cpuPct: number;
  /** Above the idle process. */
  readonly memKB: number;
  /** What the calls add to an idle process. */
  readonly aboveIdle: { readonly cpuPct: number };
  /** The memory with the empty process counted in. */
  readonly withBase: { readonly memKB: number };
}

const DEFAULT_CALLS = 100;
const BITRATE_KBPS = 64;
const WINDOW_MS = 20_000;
const SETTLE_MS = 2000;
/** A stream that brings less of its bytes has stood still for a while. */
const LEAST_FLOW = 0.9;
const FLOW_TIMEOUT_MS = 60_000;

/**
 * Calls in one worker process, and then one ffmpeg process per call, on the same packets, publishing to the same RTMP
 * server. One after the other: a hundred processes that want more than the machine has would starve the one.
 */
export async function runDensity(args: readonly string[]): Promise<void> {
  const settings = parseArguments(args);
  const folder = mkdtempSync(join(tmpdir(), 'callcast-density-'));
  const nginx = await startNginxRtmp({ workDir: folder, record: false });
  const stream = { sampleRate: settings.sampleRate, bitrateKbps: BITRATE_KBPS };
  const rtmpBase = `rtmp://127.0.0.1:${nginx.port}/live`;
  const sender = await PacketSender.start(settings.calls, 'speech');
  const { sourcePort } = sender;
  const ours = new WorkerContender({ ...stream, rtmpBase, folder, sourcePort });
  const ffmpeg = new FfmpegContender({ ...stream, rtmpBase, folder });
  try {
    await ours.warmUp();
    const oursCost = await measure(ours, { settings, nginx, sender });
    await ours.close();
    const ffmpegCost = await measure(ffmpeg, { settings, nginx, sender });
    print(settings, oursCost, ffmpegCost);
  } finally {
    await Promise.all([ours.close(), ffmpeg.close()]);
    sender.stop();
    await nginx.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Rig {
  readonly settings: DensitySettings;
  readonly nginx: NginxRtmp;
  readonly sender: PacketSender;
}

/** What a contender's calls cost over the length of the window. */
async function measure(contender: Contender, { settings, nginx, sender }: Rig): Promise<CallCost> {
  const indexes = Array.from({ length: settings.calls }, (_, index) => index);
  const targets = await contender.open(indexes);
  await sender.send(targets.map((target) => [target]));
  const keys = indexes.map((index) => contender.streamKey(index));
  await untilFlowing(nginx.httpStatPort, keys, FLOW_TIMEOUT_MS);
  await pause(SETTLE_MS);
  const bytesBefore = await receivedBytes(nginx.httpStatPort);
  const before = costOf(contender.pids());
  await pause(WINDOW_MS);
  const after = costOf(contender.pids());
  checkFlow(keys, bytesBefore, await receivedBytes(nginx.httpStatPort));
  return costPerCall(settings.calls, { before, after, idle: contender.idle });
}

/** A contender that falls silent would look cheap. */
function checkFlow(
  keys: readonly string[],
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): void {
  const expected = ((BITRATE_KBPS * 1000) / 8) * (WINDOW_MS / 1000);
  for (const key of keys) {
    const bytes = (after.get(key) ?? 0) - (before.get(key) ?? 0);
    if (bytes < expected * LEAST_FLOW)
      throw new Error(`${key} brought ${bytes} bytes where ${expected} were due`);
  }
}

interface Readings {
  readonly before: ProcessCost;
  readonly after: ProcessCost;
  readonly idle: IdleCost | undefined;
}

function costPerCall(calls: number, { before, after, idle }: Readings): CallCost {
  const cpuPct = cpuPercent(before, after);
  return {
    cpuPct: cpuPct / calls,
    memKB: (after.pssKb - (idle?.pssKb ?? 0)) / calls,
    aboveIdle: { cpuPct: (cpuPct - (idle?.cpuPct ?? 0)) / calls },
    withBase: { memKB: after.pssKb / calls },
  };
}

function print(
  { calls, isJson, sampleRate }: DensitySettings,
  ours: CallCost,
  ffmpeg: CallCost,
): void {
  const figures = {
    bench: 'density',
    calls,
    ours: brief(ours),
    ffmpeg: brief(ffmpeg),
    ratio: {
      cpu: round(ours.cpuPct / ffmpeg.cpuPct, 3),
      mem: round(ours.memKB / ffmpeg.memKB, 4),
    },
    sampleRate,
    withBase: { memKB: Math.round(ours.withBase.memKB) },
    aboveIdle: { cpuPct: round(ours.aboveIdle.cpuPct, 3) },
  };
  console.log(`${calls} calls at ${sampleRate} Hz, per call:`);
  console.log(`  ours    ${figures.ours.cpuPct} % of a core, ${figures.ours.memKB} KB`);
  console.log(
    `          (${figures.aboveIdle.cpuPct} % above the idle process, ${figures.withBase.memKB} KB with it)`,
  );
  console.log(`  ffmpeg  ${figures.ffmpeg.cpuPct} % of a core, ${figures.ffmpeg.memKB} KB`);
  console.log(`  ratio   cpu ${figures.ratio.cpu}, memory ${figures.ratio.mem}`);
  if (isJson) console.log(JSON.stringify(figures));
}

const brief = ({ cpuPct, memKB }: { cpuPct: number; memKB: number }) => ({
  cpuPct: round(cpuPct, 3),
  memKB: Math.round(memKB),
});

function parseArguments(args: readonly string[]): DensitySettings {
  const rateAt = args.indexOf('--rate');
  const sampleRate = rateAt < 0 ? 44_100 : Number(args[rateAt + 1]);
  const plain = args.filter((arg, i) => !arg.startsWith('--') && (rateAt < 0 || i !== rateAt + 1));
  const calls = plain[0] === undefined ? DEFAULT_CALLS : Number(plain[0]);
  if (!Number.isInteger(calls) || calls < 1 || calls > 1000 || !Number.isInteger(sampleRate)) {
    throw new Error('usage: npm run bench -- density [CALLS, 1 to 1000] [--json] [--rate HZ]');
  }
  return { calls, sampleRate, isJson: args.includes('--json') };
}
