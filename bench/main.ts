import { runAac } from './aac/run-aac.ts';
import { runApi } from './api/run-api.ts';
import { runCapacity } from './capacity/run-capacity.ts';
import { runCommands } from './commands/run-commands.ts';
import { runDensity } from './density/run-density.ts';
import { runHooks } from './hooks/run-hooks.ts';
import { runLatency } from './latency/run-latency.ts';
import { runLists } from './lists/run-lists.ts';
import { runLoss } from './loss/run-loss.ts';
import { runOutputs } from './outputs/run-outputs.ts';
import { runSignalling } from './signalling/run-signalling.ts';

/** The benchmarks by name. Each takes its own arguments and prints its own figures. */
const BENCHMARKS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  aac: runAac,
  api: runApi,
  capacity: runCapacity,
  commands: runCommands,
  density: runDensity,
  hooks: runHooks,
  latency: runLatency,
  lists: runLists,
  loss: runLoss,
  outputs: runOutputs,
  signalling: runSignalling,
};

async function main([name = '', ...args]: readonly string[]): Promise<void> {
  const run = BENCHMARKS[name];
  if (run === undefined) {
    throw new Error(
      `usage: npm run bench -- NAME [--json], NAME is one of: ${Object.keys(BENCHMARKS).join(', ')}`,
    );
  }
  await run(args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
