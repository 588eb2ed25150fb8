import { DrachtioDialer } from '#adapters/sip-drachtio';
import { silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { cpuSecondsOf } from '../rig/process-cost.ts';
import { CallLoad } from './call-load.ts';
import type { LoadResult } from './call-load.ts';
import { canPin } from './pinned-process.ts';
import { SignallingProcess } from './signalling-process.ts';
import { runSippCaller, startSippServer } from './sipp.ts';

/** Calls open at a time when as many as possible are placed. */
const AT_A_TIME = 20;
const WARM_UP_SECONDS = 6;
const FULL_SECONDS = 10;
/** The rate at which the time to the answer is measured: what one server has to carry. */
const PACED_PER_SECOND = 200;
const PACED_SECONDS = 10;
const SIPP_CALLS = 5000;
const USAGE = 'usage: npm run bench -- signalling [--json] [--profile FOLDER]';

/** What was measured. */
interface Figures {
  readonly full: LoadResult;
  readonly fullCpuSeconds: number;
  readonly paced: LoadResult;
  readonly pacedCpuSeconds: number;
  readonly sippCallsPerSec: number;
  /** Calls that were not answered: a starved machine loses datagrams, and calls with them. */
  readonly failures: readonly string[];
}

/**
 * Calls through our signalling server, a process of its own on one core: the worker's dialer on this side, SIPp as the
 * callee. Each call is INVITE, 180, 200, ACK, BYE, 200. Beside it SIPp calling SIPp without anything between.
 */
export async function runSignalling(args: readonly string[]): Promise<void> {
  const profileAt = args.indexOf('--profile');
  const profileFolder = profileAt < 0 ? undefined : args[profileAt + 1];
  const known = new Set(['--json', '--profile', profileFolder]);
  if (args.some((arg) => !known.has(arg))) throw new Error(USAGE);
  print(await measure(profileFolder), args.includes('--json'));
}

async function measure(profileFolder: string | undefined): Promise<Figures> {
  const callee = await startSippServer();
  const server = await SignallingProcess.start(profileFolder);
  const dialer = new DrachtioDialer({
    url: server.url,
    logger: silentLogger,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
  });
  try {
    await dialer.start();
    const load = new CallLoad(dialer, `sip:bench@127.0.0.1:${callee.port}`);
    await load.saturate(AT_A_TIME, WARM_UP_SECONDS);
    const [paced, pacedCpuSeconds] = await withCpu(server.pid, () =>
      load.pace(PACED_PER_SECOND, PACED_SECONDS),
    );
    const [full, fullCpuSeconds] = await withCpu(server.pid, () =>
      load.saturate(AT_A_TIME, FULL_SECONDS),
    );
    await dialer.stop();
    await server.stop();
    const sippCallsPerSec = await runSippCaller(callee.port, SIPP_CALLS);
    const { failures } = load;
    return { full, fullCpuSeconds, paced, pacedCpuSeconds, sippCallsPerSec, failures };
  } finally {
    await dialer.stop();
    await server.stop();
    await callee.stop();
  }
}

async function withCpu(
  pid: number,
  run: () => Promise<LoadResult>,
): Promise<readonly [LoadResult, number]> {
  const before = cpuSecondsOf(pid);
  const result = await run();
  return [result, cpuSecondsOf(pid) - before];
}

function print(measured: Figures, isJson: boolean): void {
  const { full, fullCpuSeconds, paced, pacedCpuSeconds, sippCallsPerSec } = measured;
  const callsPerSec = full.calls / full.seconds;
  const figures = {
    bench: 'signalling',
    callsPerSec: round(callsPerSec, 0),
    cpuMsPerCall: round((fullCpuSeconds * 1000) / full.calls, 2),
    p99SetupMs: round(percentile(paced, 0.99), 1),
    p50SetupMs: round(percentile(paced, 0.5), 1),
    setupAtPerSec: PACED_PER_SECOND,
    cpuPctAtRate: round((100 * pacedCpuSeconds) / paced.seconds, 1),
    cpuPctFull: round((100 * fullCpuSeconds) / full.seconds, 1),
    sipp: { callsPerSec: round(sippCallsPerSec, 0) },
    ratio: { calls: round(callsPerSec / sippCallsPerSec, 3) },
    calls: full.calls + paced.calls,
    failedCalls: measured.failures.length,
    isPinned: canPin,
  };
  console.log(`${figures.callsPerSec} calls per second set up and torn down by one server`);
  console.log(
    `  ${figures.cpuMsPerCall} ms of CPU per call; the core was ${figures.cpuPctFull} % busy`,
  );
  console.log(`  at ${PACED_PER_SECOND}/s: ${figures.cpuPctAtRate} % of the core, answered after`);
  console.log(`    ${figures.p50SetupMs} ms (half), ${figures.p99SetupMs} ms (99 of 100)`);
  console.log(
    `  SIPp calling SIPp: ${figures.sipp.callsPerSec} per second, ratio ${figures.ratio.calls}`,
  );
  for (const failure of measured.failures) console.log(`  a call failed: ${failure}`);
  if (!canPin) console.log('  no taskset or one core only: nothing was pinned');
  if (isJson) console.log(JSON.stringify(figures));
}

function percentile({ setupMs }: LoadResult, share: number): number {
  return setupMs[Math.min(setupMs.length - 1, Math.floor(setupMs.length * share))] ?? 0;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
