import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PacketSender } from '../rig/packet-sender.ts';
import { quantile, round } from '../rig/quantile.ts';
import { StreamReader } from '../rig/stream-reader.ts';
import { WorkerContender } from '../rig/worker-contender.ts';

const CALLS = 20;
const COMMANDS = 1_000;
/** Clients that give commands, each the next one when it has its answer. */
const CLIENTS = 4;
const STREAM = { sampleRate: 44_100, bitrateKbps: 64 };

/** How long a command takes to a call that another process runs: from the request to the answer that it is done. */
export async function runCommands(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg !== '--json')) {
    throw new Error('usage: npm run bench -- commands [--json]');
  }
  const folder = mkdtempSync(join(tmpdir(), 'callcast-commands-'));
  const reader = await StreamReader.start('times');
  const sender = await PacketSender.start(CALLS, 'speech');
  const { rtmpBase } = reader;
  const worker = new WorkerContender({
    ...{ ...STREAM, rtmpBase, folder },
    sourcePort: sender.sourcePort,
  });
  try {
    await worker.warmUp();
    const calls = Array.from({ length: CALLS }, (_, index) => index);
    const targets = await worker.open(calls);
    await sender.send(targets.map((target) => [target]));
    print(await measure(worker), args.includes('--json'));
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
  let next = 0;
  const client = async (): Promise<void> => {
    for (let serial = next++; serial < COMMANDS; serial = next++) {
      const command = Math.floor(serial / CALLS) % 2 === 0 ? 'mute' : 'unmute';
      times.push(await worker.commandMs(serial % CALLS, command));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return times;
}

function print(times: readonly number[], isJson: boolean): void {
  const [p50Ms, p99Ms] = [0.5, 0.99].map((share) => round(quantile(times, share), 1));
  console.log(
    `${times.length} commands to ${CALLS} live calls: half within ${p50Ms} ms, 99 of 100 within ${p99Ms} ms`,
  );
  if (isJson) {
    const figures = { calls: CALLS, commands: times.length, p50Ms, p99Ms };
    console.log(JSON.stringify({ bench: 'commands', ...figures }));
  }
}
