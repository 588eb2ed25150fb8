import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PacketSender } from '../rig/packet-sender.ts';
import { quantile, round } from '../rig/quantile.ts';
import { StreamReader } from '../rig/stream-reader.ts';
import { WorkerContender } from '../rig/worker-contender.ts';

const WORKERS = 2;
const CALLS = 20;
/** Mute and unmute by turns. */
const COMMANDS_OF_A_CALL = 50;
/** Clients that give commands, each the next one when it has its answer, each to calls of its own. */
const CLIENTS = 4;
const STREAM = { sampleRate: 44_100, bitrateKbps: 64 };

/**
 * How long a command takes to a call that another process runs: from the request to the answer that it is done. The calls are
 * spread over two workers. Every command must have been done once, and in order.
 */
export async function runCommands(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg !== '--json')) {
    throw new Error('usage: npm run bench -- commands [--json]');
  }
  const folder = mkdtempSync(join(tmpdir(), 'callcast-commands-'));
  const reader = await StreamReader.start('times');
  const sender = await PacketSender.start(CALLS, 'speech');
  const { rtmpBase } = reader;
  const worker = new WorkerContender({
    ...{ ...STREAM, rtmpBase, folder, workers: WORKERS },
    sourcePort: sender.sourcePort,
  });
  try {
    await worker.warmUp();
    const calls = Array.from({ length: CALLS }, (_, index) => index);
    const targets = await worker.open(calls);
    await sender.send(targets.map((target) => [target]));
    const nodes = new Set(await worker.nodes());
    if (nodes.size !== WORKERS) throw new Error('one worker has taken all calls');
    const times = await measure(worker);
    for (const call of calls) await checkOnce(worker, call);
    print(times, args.includes('--json'));
  } finally {
    await worker.close();
    sender.stop();
    reader.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns The times of all commands, in milliseconds. */
async function measure(worker: WorkerContender): Promise<readonly number[]> {
  const times: number[] = [];
  const client = async (first: number): Promise<void> => {
    for (let turn = 0; turn < COMMANDS_OF_A_CALL; turn += 1) {
      for (let call = first; call < CALLS; call += CLIENTS) {
        times.push(await worker.commandMs(call, commandOf(turn)));
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, first) => client(first)));
  return times;
}

const commandOf = (turn: number): 'mute' | 'unmute' => (turn % 2 === 0 ? 'mute' : 'unmute');

async function checkOnce(worker: WorkerContender, call: number): Promise<void> {
  const told = await worker.toldOf(call, ['call.muted', 'call.unmuted']);
  const due = Array.from({ length: COMMANDS_OF_A_CALL }, (_, turn) => `call.${commandOf(turn)}d`);
  if (told.join() !== due.join()) throw new Error(`call ${call} was told ${told.join()}`);
}

function print(times: readonly number[], isJson: boolean): void {
  const [p50Ms, p99Ms] = [0.5, 0.99].map((share) => round(quantile(times, share), 1));
  console.log(
    `${times.length} commands to ${CALLS} live calls: half within ${p50Ms} ms, 99 of 100 within ${p99Ms} ms`,
  );
  if (isJson) {
    const figures = { workers: WORKERS, calls: CALLS, commands: times.length, p50Ms, p99Ms };
    console.log(JSON.stringify({ bench: 'commands', ...figures }));
  }
}
