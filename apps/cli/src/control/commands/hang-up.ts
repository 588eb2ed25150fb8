import { CallcastError } from '#sdk';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { jsonOf, reportOf } from '../failure.ts';
import { printable } from '../terminal.ts';

/** `callcast hangup`: one that cannot be hung up does not save the others. @returns The worst of all. */
export async function hangUp(context: CommandContext): Promise<ExitCode> {
  const { given } = context;
  let worst: ExitCode = EXIT.ok;
  for (const id of given.positionals) {
    const exit = await hangUpOne(context, id);
    if (exit > worst) worst = exit;
  }
  return worst;
}

async function hangUpOne(
  { callcast, given, terminal, signal }: CommandContext,
  id: string,
): Promise<ExitCode> {
  const isJson = given.flag('json');
  try {
    const call = await callcast.calls.hangUp(id, { signal });
    terminal.print(isJson ? JSON.stringify(call) : printable(`${call.id}  ${call.state}`));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof CallcastError)) throw error;
    const { lines, exit } = reportOf(error);
    if (isJson) terminal.print(jsonOf(error));
    for (const line of lines) terminal.note(line);
    return exit;
  }
}
