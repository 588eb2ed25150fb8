import type { CommandContext } from '../command-context.ts';
import { startLasting } from './start-lasting.ts';

/** `npm start`: everything on this machine until it is told to end. Returns the exit status. */
export async function runStart(context: CommandContext): Promise<number> {
  const { watch } = context;
  const instance = await startLasting(context);
  const ending = await watch.ended;
  if (ending.type === 'fatal') console.error(`Stopping: ${ending.reason}`);
  await instance.stop();
  return ending.type === 'signal' ? 0 : 1;
}
