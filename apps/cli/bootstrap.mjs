// The first thing that runs on a fresh clone: plain Node, no packages. Makes the machine ready for
// the command asked for, then hands over to it.
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './bootstrap/build.mjs';
import { runChecks } from './bootstrap/checks.mjs';
import { runDoctor } from './bootstrap/doctor.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { checkNodeVersion, ensurePackages } from './bootstrap/packages.mjs';
import { ensurePrograms } from './bootstrap/programs.mjs';
import { FailedStep, handOver } from './bootstrap/steps.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = `usage: node apps/cli/bootstrap.mjs COMMAND [ARGUMENTS]

  demo [--once]         one real call on air, checked and measured
  start [--workers N]   everything on this machine, no demo call
  dev [--workers N]     the same in watch mode
  test [VITEST ARGS]    every check; with arguments only the tests they name
  bench NAME [--json]   a benchmark
  doctor                what is missing on this machine
  doctor URL [--username NAME] [--platform NAME]
                        whether an RTMP target takes a stream; asks for the stream key
  secrets rotate        seals every stored secret again with CALLCAST_SECRET_KEY
`;

const commands = {
  demo: (args) => handOver(root, 'dist/apps/cli/src/main.js', ['demo', ...args]),
  start: (args) => handOver(root, 'dist/apps/cli/src/main.js', ['start', ...args]),
  dev: (args) => handOver(root, 'dist/apps/cli/src/main.js', ['dev', ...args]),
  doctor: (args) => handOver(root, 'dist/apps/cli/src/main.js', ['doctor', ...args]),
  secrets: (args) => handOver(root, 'dist/apps/cli/src/main.js', ['secrets', ...args]),
  bench: (args) => handOver(root, 'dist/bench/main.js', args),
  test: (args) => runChecks(root, args),
  // Only makes ready: the tests call it so that they never run yesterday's code.
  build: () => 0,
};

async function prepare(command) {
  await withLock(root, async () => {
    // Side by side: each waits for its downloads most of the time.
    const results = await Promise.allSettled([ensurePackages(root), ensurePrograms(root, command)]);
    for (const { reason } of results.filter(({ status }) => status === 'rejected')) throw reason;
    await ensureBuilt(root);
  });
}

async function main([command, ...args]) {
  if (command === 'doctor' && args.length === 0) return runDoctor(root);
  if (!Object.hasOwn(commands, command ?? '')) {
    console.error(USAGE);
    return 64;
  }
  checkNodeVersion(root);
  await prepare(command);
  return commands[command](args);
}

try {
  const status = await main(process.argv.slice(2));
  if (status !== undefined) process.exitCode = status;
} catch (error) {
  if (!(error instanceof FailedStep)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
