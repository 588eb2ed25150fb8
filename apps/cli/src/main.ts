import { fileURLToPath } from 'node:url';
import { FolderBusyError } from '#adapters/services-local';
import { UsageError, parseArguments } from './arguments.ts';
import type { CliArguments } from './arguments.ts';
import { ConfigError, readConfig } from './config.ts';
import { runDoctor } from './doctor/run-doctor.ts';
import { runDemo } from './demo/run-demo.ts';
import { runDev } from './dev/run-dev.ts';
import { EndingWatch } from './ending.ts';
import { ChildStartError } from './start/child-app.ts';
import { runRotation } from './secrets/run-rotation.ts';
import { runStart } from './start/run-start.ts';

/** dist/apps/cli/src/main.js lies four folders below the repo. */
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');

/** Exit codes of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

async function run(args: CliArguments): Promise<number> {
  if (args.command === 'doctor') return await runDoctor(args);
  if (args.command === 'secrets') return await runRotation();
  const watch = new EndingWatch();
  watch.watchSignals();
  const context = { root: ROOT, config: readConfig(), workers: args.workers, watch };
  switch (args.command) {
    case 'start':
      return await runStart(context);
    case 'dev':
      return await runDev(context);
    case 'demo':
      return await runDemo({ ...context, isOnce: args.isOnce });
  }
}

/** A foreseen failure is told in words; anything else is a bug and shows its stack. */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(error.message);
    return EXIT_USAGE;
  }
  if (error instanceof ConfigError) {
    console.error(error.message);
    return EXIT_CONFIG;
  }
  if (error instanceof FolderBusyError) {
    console.error(`Callcast runs here already: ${error.message}.`);
    console.error('Its addresses are in .callcast/runtime.json.');
    return 1;
  }
  console.error(error instanceof ChildStartError ? error.message : error);
  return 1;
}

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  process.exitCode = explain(error);
}
