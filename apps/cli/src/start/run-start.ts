import { join } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { untilStarted } from '../ending.ts';
import { announce } from './announcement.ts';
import { startInstance } from './instance.ts';

/** `npm start`: everything on this machine until it is told to end. Returns the exit status. */
export async function runStart(context: CommandContext): Promise<number> {
  const { root, watch } = context;
  const instance = await untilStarted(
    watch,
    startInstance({
      ...context,
      stateFolder: join(root, '.callcast'),
      isLasting: true,
      verbosity: 'info',
      onFatal: (reason) => {
        watch.fail(reason);
      },
    }),
  );
  console.log(announce(instance.allInOne.runtime, instance.runtimePath));
  const ending = await watch.ended;
  if (ending.type === 'fatal') console.error(`Stopping: ${ending.reason}`);
  await instance.stop();
  return ending.type === 'signal' ? 0 : 1;
}
