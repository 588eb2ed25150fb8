import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { endProcess, identifyProcess } from '#adapters/services-local';
import type { Watchdog } from '#adapters/services-local';

/** The compiler in watch mode. */
export interface WatchingCompiler {
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 2000;

/** The compiler itself: the script in front of it would die alone and leave it running. */
async function compilerPath(root: string): Promise<string> {
  const locator = pathToFileURL(join(root, 'node_modules/typescript7/lib/getExePath.js'));
  const { default: locate } = (await import(locator.href)) as { default: () => string };
  return locate();
}

/** Compiles into dist at every change; `onCompiled` is called after each pass, first one included. */
export async function startCompiler(options: {
  readonly root: string;
  readonly watchdog: Watchdog;
  readonly print: (line: string) => void;
  readonly onCompiled: (errorCount: number) => void;
}): Promise<WatchingCompiler> {
  const { root, watchdog, print, onCompiled } = options;
  const project = join(root, '.config/tsconfig.build.json');
  const args = ['-p', project, '--watch', '--preserveWatchOutput'];
  const child = spawn(await compilerPath(root), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity !== undefined) watchdog.watch(identity, 'TERM');
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.trim() !== '') print(line);
    const found = /Found (\d+) errors?\. Watching/.exec(line);
    if (found !== null) onCompiled(Number(found[1]));
  });
  return {
    stop: async () => {
      if (identity !== undefined) await endProcess(identity, 'SIGTERM', STOP_GRACE_MS);
    },
  };
}
