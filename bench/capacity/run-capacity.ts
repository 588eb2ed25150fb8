import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MediaTarget } from '../rig/contender.ts';
import { PacketSender } from '../rig/packet-sender.ts';
import { costOf, cpuPercent } from '../rig/process-cost.ts';
import { quantile, round } from '../rig/quantile.ts';
import { StreamReader } from '../rig/stream-reader.ts';
import { WorkerContender } from '../rig/worker-contender.ts';
import { straightLine } from './straight-line.ts';

/** What one step of the stair has shown. */
interface Step {
  readonly calls: number;
  /** What a call adds to the idle process, in percent of a core. */
  readonly cpuPctPerCall: number;
  /** What a call adds to the idle process. */
  readonly memKBPerCall: number;
  readonly p99GapMs: number;
}

const STAIR = [10, 50, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000];
const STREAM = { sampleRate: 44_100, bitrateKbps: 64 };
/** A stream that comes later than this has been heard to stumble. */
const MAX_GAP_MS = 60;
const SETTLE_MS = 3_000;
const WINDOW_MS = 10_000;
const FLOW_TIMEOUT_MS = 30_000;

interface Rig {
  readonly worker: WorkerContender;
  readonly sender: PacketSender;
  readonly reader: StreamReader;
}

/** More and more calls on one worker process, until their streams come unevenly. */
export async function runCapacity(args: readonly string[]): Promise<void> {
  const most = mostCalls(args);
  const folder = mkdtempSync(join(tmpdir(), 'callcast-capacity-'));
  const reader = await StreamReader.start('times');
  const sender = await PacketSender.start(most, 'speech');
  const { rtmpBase } = reader;
  const { sourcePort } = sender;
  const worker = new WorkerContender({ ...STREAM, rtmpBase, folder, sourcePort });
  try {
    await worker.warmUp();
    const steps = await climb({ worker, sender, reader }, most);
    const held = steps.findLast(({ p99GapMs }) => p99GapMs <= MAX_GAP_MS)?.calls ?? 0;
    print({ held, steps, isJson: args.includes('--json') });
  } finally {
    await worker.close();
    sender.stop();
    reader.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line is that of the steps that were held: beyond them there is no more processor to be had. */
function print(of: { held: number; steps: readonly Step[]; isJson: boolean }): void {
  const { held, steps, isJson } = of;
  console.log(`held ${held} calls`);
  const line = straightLine(
    steps
      .filter(({ calls }) => calls <= held)
      .map(({ calls, cpuPctPerCall }) => ({ calls, cpuPct: calls * cpuPctPerCall })),
  );
  const rounded = line && {
    fixedCpuPct: round(line.fixedCpuPct, 2),
    cpuPctPerCall: round(line.cpuPctPerCall, 3),
    worstDeviationPct: round(line.worstDeviationPct, 1),
  };
  if (rounded !== undefined) {
    const { fixedCpuPct, cpuPctPerCall, worstDeviationPct } = rounded;
    console.log(
      `a line of ${fixedCpuPct} % and ${cpuPctPerCall} % a call fits within ${worstDeviationPct} %`,
    );
  }
  if (isJson) console.log(JSON.stringify({ bench: 'capacity', held, steps, line: rounded }));
}

async function climb(rig: Rig, most: number): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const targets: MediaTarget[] = [];
  for (const calls of stairTo(most)) {
    const step = await stepTo(calls, targets, rig).catch(reasonOf);
    if (typeof step === 'string') {
      console.log(`${calls} calls: not carried: ${step}`);
      break;
    }
    steps.push(step);
    console.log(
      `${calls} calls: ${step.cpuPctPerCall} % of a core and ${step.memKBPerCall} KB each, p99 gap ${step.p99GapMs} ms`,
    );
    if (step.p99GapMs > MAX_GAP_MS) break;
  }
  return steps;
}

/** A worker that loses calls under too many of them has reached its end, as one whose streams stumble has. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const stairTo = (most: number): readonly number[] => [
  ...STAIR.filter((calls) => calls < most),
  most,
];

/** Adds calls until there are so many, and watches them all. @param targets Those of the calls so far; grows. */
async function stepTo(
  calls: number,
  targets: MediaTarget[],
  { worker, sender, reader }: Rig,
): Promise<Step> {
  const fresh = Array.from({ length: calls - targets.length }, (_, i) => targets.length + i);
  targets.push(...(await worker.open(fresh)));
  await sender.send(targets.map((target) => [target]));
  const keys = targets.map((_, index) => worker.streamKey(index));
  await reader.untilFlowing(keys, FLOW_TIMEOUT_MS);
  await pause(SETTLE_MS);
  await reader.takeGaps();
  const before = costOf(worker.pids());
  await pause(WINDOW_MS);
  const after = costOf(worker.pids());
  const { worstMs } = await reader.takeGaps();
  const idle = worker.idle ?? { cpuPct: 0, pssKb: 0 };
  return {
    calls,
    cpuPctPerCall: round((cpuPercent(before, after) - idle.cpuPct) / calls, 3),
    memKBPerCall: Math.round((after.pssKb - idle.pssKb) / calls),
    p99GapMs: round(quantile(worstMs, 0.99), 1),
  };
}

function mostCalls(args: readonly string[]): number {
  const plain = args.find((arg) => !arg.startsWith('--'));
  const calls = plain === undefined ? 1000 : Number(plain);
  if (!Number.isInteger(calls) || calls < 1 || calls > 1000) {
    throw new Error('usage: npm run bench -- capacity [MOST CALLS, 1 to 1000] [--json]');
  }
  return calls;
}
