import { Watchdog } from '#adapters/services-local';
import type { CommandContext } from '../command-context.ts';
import type { Instance } from '../start/instance.ts';
import { startLasting } from '../start/start-lasting.ts';
import { startCompiler } from './compiler.ts';

/** `npm run dev`: the same as start, compiled and restarted at every change. */
export async function runDev(context: CommandContext): Promise<number> {
  const { root, watch } = context;
  const instance = await startLasting(context);
  const watchdog = new Watchdog();
  const compiler = await startCompiler({
    root,
    watchdog,
    print: (line) => {
      console.log(`compiler: ${line}`);
    },
    onCompiled: restarter(instance),
  });
  const ending = await watch.ended;
  await compiler.stop();
  watchdog.release();
  await instance.stop();
  return ending.type === 'signal' ? 0 : 1;
}

/** One restart at a time; changes during one lead to one more. The first pass is what runs already. */
function restarter({ allInOne }: Instance): (errorCount: number) => void {
  let queue = Promise.resolve();
  let passes = 0;
  let isWaiting = false;
  return (errorCount) => {
    passes++;
    if (passes === 1 || errorCount > 0 || isWaiting) return;
    isWaiting = true;
    queue = queue.then(async () => {
      isWaiting = false;
      await allInOne.restartApps().catch((error: unknown) => {
        console.error(`Not restarted: ${String(error)}`);
      });
    });
  };
}
