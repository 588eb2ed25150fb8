import { Callcast, CallcastError } from '#sdk';
import { UsageError } from '../arguments.ts';
import type { AskSecrets } from './command-context.ts';
import { CommandUsageError, parseCommandLine } from './command-line.ts';
import type { CommandLine, Given } from './command-line.ts';
import { hangUp } from './commands/hang-up.ts';
import { listCalls } from './commands/list-calls.ts';
import { listenForHooks } from './commands/listen-hooks.ts';
import { placeCall } from './commands/place-call.ts';
import { pressKeys } from './commands/press-keys.ts';
import { watch } from './commands/watch.ts';
import type { ApiAddress, SettingSources } from './config.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { jsonOf, reportOf } from './failure.ts';
import { helpText } from './help-text.ts';
import type { Terminal } from './terminal.ts';

/** Where a command runs. */
export interface CommandWorld {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly root: string;
  readonly askSecrets: AskSecrets;
  readonly readAddress: (sources: SettingSources) => ApiAddress;
}

/** A person waits: less patience than a service has. */
const MAX_RETRIES = 2;

/** Runs one command line to its end. */
export async function runCommand(argv: readonly string[], world: CommandWorld): Promise<ExitCode> {
  const { terminal, signal } = world;
  const isJson = argv.includes('--json');
  try {
    return await run(parseCommandLine(argv), world);
  } catch (error) {
    if (signal.aborted) return EXIT.left;
    if (error instanceof UsageError) {
      const command = error instanceof CommandUsageError ? error.command : undefined;
      terminal.note(`callcast: ${error.message}`);
      terminal.note(`Help: callcast ${command ?? parsedName(argv)} --help`.replace('  ', ' '));
      return EXIT.usage;
    }
    if (!(error instanceof CallcastError)) throw error;
    const { lines, exit } = reportOf(error);
    if (isJson) terminal.print(jsonOf(error));
    for (const line of lines) terminal.note(line);
    return exit;
  } finally {
    terminal.show(undefined);
  }
}

/** The command of a line whose values make no sense. */
function parsedName(argv: readonly string[]): string {
  try {
    return parseCommandLine(argv).command ?? '';
  } catch {
    return '';
  }
}

async function run(line: CommandLine, world: CommandWorld): Promise<ExitCode> {
  const { terminal, signal, askSecrets } = world;
  if (line.kind === 'help') {
    terminal.print(helpText(line.command));
    return EXIT.ok;
  }
  const { command, given } = line;
  // The command itself is run by what makes the repository ready.
  if (command === 'doctor') throw new UsageError('doctor runs from the repository: npm run doctor');
  const connect = (): Callcast => connected(world, given);
  if (command === 'hooks listen') return await listenForHooks({ given, terminal, signal, connect });
  const callcast = connect();
  const context = { callcast, given, terminal, signal };
  switch (command) {
    case 'call':
      return await placeCall(context, askSecrets);
    case 'list':
      return await listCalls(context);
    case 'watch':
      return await watch(context);
    case 'hangup':
      return await hangUp(context);
    case 'dtmf':
      return await pressKeys(context, askSecrets);
  }
}

/** @throws UsageError when the address or the key is missing. */
function connected({ readAddress, root }: CommandWorld, given: Given): Callcast {
  const { url, apiKey } = readAddress({
    url: given.text('url'),
    keyFile: given.text('key-file'),
    root,
  });
  return new Callcast({ url, apiKey, maxRetries: MAX_RETRIES });
}
