import { median, quantile, round } from '../rig/quantile.ts';
import { HookStage } from './hook-stage.ts';

const DELIVERIES = 10_000;
const CONNECTIONS = 64;
const ROUNDS = 3;
const WARM_UP = 2_000;
const STUCK_ROUNDS = 3;
const USAGE = 'usage: npm run bench -- hooks [--json] [--profile FOLDER]';

/**
 * Deliveries per second of a worker as it is shipped, from the commit of their events to the last one's arrival at a fast
 * endpoint, and of a bare loop of posts with the same bodies, one after the other and 64 at once: each in a process of its own, by
 * turns. Then how long events
 * take to an endpoint, alone and while another endpoint says nothing.
 */
export async function runHooks(args: readonly string[]): Promise<void> {
  const profileAt = args.indexOf('--profile');
  const profileFolder = profileAt < 0 ? undefined : args[profileAt + 1];
  const known = new Set(['--json', '--profile', profileFolder]);
  if (args.some((arg) => !known.has(arg))) throw new Error(USAGE);
  const stage = await HookStage.open(profileFolder);
  try {
    const rates = await throughput(stage);
    const stuck = await besideStuck(stage);
    print({ ...rates, stuck }, args.includes('--json'));
  } finally {
    await stage.close();
  }
}

async function throughput(stage: HookStage) {
  await stage.toldOurs(WARM_UP);
  await stage.postedBare(WARM_UP, 1);
  const [ours, bare, parallel]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    ours.push(DELIVERIES / (await stage.toldOurs(DELIVERIES)));
    bare.push(DELIVERIES / (await stage.postedBare(DELIVERIES, 1)));
    parallel.push(DELIVERIES / (await stage.postedBare(DELIVERIES, CONNECTIONS)));
  }
  const [rate, bareRate] = [median(ours), median(bare)];
  return {
    deliveries: DELIVERIES,
    ours: round(rate, 0),
    bare: round(bareRate, 0),
    ratio: round(rate / bareRate, 3),
    bareParallel: round(median(parallel), 0),
  };
}

async function besideStuck(stage: HookStage) {
  const [alone, beside]: [number[], number[]] = [[], []];
  await stage.times();
  for (let turn = 0; turn < STUCK_ROUNDS; turn += 1) {
    alone.push(...(await stage.times()));
    const stuck = await stage.addHook('/stuck');
    beside.push(...(await stage.times()));
    await stage.removeHook(stuck);
  }
  const [p99, aloneP99] = [quantile(beside, 0.99), quantile(alone, 0.99)];
  return {
    p99Ms: round(p99, 1),
    aloneP99Ms: round(aloneP99, 1),
    change: round(p99 / aloneP99 - 1, 3),
  };
}

type Figures = Awaited<ReturnType<typeof throughput>> & {
  readonly stuck: Awaited<ReturnType<typeof besideStuck>>;
};

function print(figures: Figures, isJson: boolean): void {
  if (isJson) {
    console.log(JSON.stringify({ bench: 'hooks', ...figures }));
    return;
  }
  const { ours, bare, ratio, bareParallel, stuck } = figures;
  console.log(
    `ours ${ours}/s, a loop of posts ${bare}/s, ratio ${ratio}; 64 loops ${bareParallel}/s`,
  );
  console.log(
    `99 of 100 events: ${stuck.aloneP99Ms} ms alone, ${stuck.p99Ms} ms beside a stuck endpoint (${round(stuck.change * 100, 1)} %)`,
  );
}
