import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { findProgram } from '#adapters/services-local';

/** The core that whatever is measured has to itself, if the machine has two. */
const MEASURED_CORE = 0;

/** Whether processes can be kept to one core here. */
export const canPin = findProgram('taskset') !== undefined && availableParallelism() > 1;

/** Starts a program on the measured core, or on all others. It ends with us. */
export function spawnPinned(
  place: 'measured' | 'others',
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  const cores = place === 'measured' ? String(MEASURED_CORE) : `1-${availableParallelism() - 1}`;
  const child = spawn(
    canPin ? 'taskset' : program,
    canPin ? ['-c', cores, program, ...args] : args,
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], ...environment },
    },
  );
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  return child;
}

/** Ends a child and waits until it is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
