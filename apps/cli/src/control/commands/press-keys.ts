import { UsageError } from '../../arguments.ts';
import type { AskSecrets, CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printable } from '../terminal.ts';

const METHODS = ['rfc4733', 'info'] as const;

/** `callcast dtmf` */
export async function pressKeys(
  context: CommandContext,
  askSecrets: AskSecrets,
): Promise<ExitCode> {
  const { callcast, given, terminal, signal } = context;
  const [id = '', keys] = given.positionals;
  const method = METHODS.find((name) => name === given.text('method'));
  if (given.text('method') !== undefined && method === undefined)
    throw new UsageError(`--method takes one of ${METHODS.join(', ')}`);
  const digits = keys ?? (await askSecrets(['Keys']))[0] ?? '';
  const command = await callcast.calls.dtmf(id, { digits, method }, { signal });
  const text = `${command.id}  ${command.state}`;
  terminal.print(given.flag('json') ? JSON.stringify(command) : printable(text));
  return command.state === 'refused' ? EXIT.failed : EXIT.ok;
}
