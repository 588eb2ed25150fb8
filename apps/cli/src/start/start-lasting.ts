import { join } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { untilStarted } from '../ending.ts';
import { announce } from './announcement.ts';
import { startInstance } from './instance.ts';
import type { Instance } from './instance.ts';

/** Starts the all-in-one with the data of earlier runs, and says where it is reached. */
export async function startLasting(context: CommandContext): Promise<Instance> {
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
  return instance;
}
