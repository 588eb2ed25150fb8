import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeFile } from '#contracts';
import type { Logger } from '#foundation';
import type { CliConfig } from '../config.ts';
import { AllInOne } from './all-in-one.ts';
import { ProcessLogs } from './process-logs.ts';
import type { Verbosity } from './process-logs.ts';
import { publishRuntime, removeRuntime } from './runtime-file.ts';

/** What to run, and where it keeps its state. */
export interface InstanceOptions {
  readonly root: string;
  /** Keys, logs and data of the services. */
  readonly stateFolder: string;
  readonly config: CliConfig;
  readonly workers: number;
  /** Keeps the data of earlier runs; else begins empty. */
  readonly isLasting: boolean;
  readonly verbosity: Verbosity;
  readonly onFatal: (reason: string) => void;
}

/** A running all-in-one and the file that tells of it. */
export interface Instance {
  readonly allInOne: AllInOne;
  readonly runtimePath: string;
  stop(): Promise<void>;
}

/**
 * Starts the all-in-one and writes `.callcast/runtime.json`; or, while another instance of this
 * copy has that file, `runtime-own.json` in the state folder.
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { root, stateFolder } = options;
  mkdirSync(stateFolder, { recursive: true });
  const paths = [join(root, '.callcast', 'runtime.json'), join(stateFolder, 'runtime-own.json')];
  let runtimePath = '';
  const logs = new ProcessLogs(join(stateFolder, 'logs'), options.verbosity);
  const allInOne = new AllInOne({
    ...options,
    logs,
    logger: loggerInto(logs),
    onChange: (runtime: RuntimeFile) => {
      runtimePath = publishRuntime(paths, runtime);
    },
  });
  const stop = async (): Promise<void> => {
    await allInOne.stop();
    if (runtimePath !== '') removeRuntime(runtimePath);
    logs.close();
  };
  await allInOne.start();
  return { allInOne, runtimePath, stop };
}

/** Our own lines go where those of the processes go. */
function loggerInto(logs: ProcessLogs, fixed: Readonly<Record<string, unknown>> = {}): Logger {
  const at =
    (level: string): Logger['info'] =>
    (event, fields) => {
      const time = new Date().toISOString();
      logs.take('cli', { level, event, time, fields: { ...fixed, ...fields } });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerInto(logs, { ...fixed, ...fields }),
  };
}
