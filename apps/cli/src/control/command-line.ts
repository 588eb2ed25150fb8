import { parseArgs } from 'node:util';
import { UsageError } from '../arguments.ts';
import { COMMANDS, COMMAND_NAMES, GLOBAL_OPTIONS } from './command-table.ts';
import type { CommandName, CommandSpec } from './command-table.ts';

type Value = string | boolean | readonly (string | boolean)[] | undefined;

/** What was given to a command. */
export class Given {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, Value>>;

  constructor(positionals: readonly string[], values: Readonly<Record<string, Value>>) {
    this.positionals = positionals;
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const values = [this.#values[name]].flat();
    return values.filter((value) => typeof value === 'string');
  }

  /** @throws UsageError when it is not a whole number from `least` to `most`. */
  number(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new UsageError(`--${name} takes a number from ${least} to ${most}`);
    return value;
  }
}

/** What the user asked for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'command'; readonly command: CommandName; readonly given: Given };

/** A command line that makes no sense; `command` is the one it was meant for. */
export class CommandUsageError extends UsageError {
  constructor(
    message: string,
    readonly command: CommandName | undefined,
  ) {
    super(message);
  }
}

/** @throws CommandUsageError with what is wrong. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [first = 'help', ...others] = argv;
  if (first === 'help') return { kind: 'help', command: commandOf(others)?.name };
  if (first === '--help' || first === '-h') return { kind: 'help', command: undefined };
  const found = commandOf(argv);
  if (found === undefined) throw new CommandUsageError(unknown(first), undefined);
  const { name, rest } = found;
  const { positionals, values } = parsed(name, rest);
  const given = new Given(positionals, values);
  if (given.flag('help')) return { kind: 'help', command: name };
  const { least, most, words } = COMMANDS[name].takes;
  if (positionals.length < least || positionals.length > most)
    throw new CommandUsageError(`it takes ${words}`, name);
  return { kind: 'command', command: name, given };
}

function unknown(word: string): string {
  if (word.startsWith('-')) return 'the command comes first';
  const group = COMMAND_NAMES.filter((name) => name.startsWith(`${word} `));
  if (group.length > 0)
    return `${word} takes: ${group.map((name) => name.slice(word.length + 1)).join(', ')}`;
  return `there is no command ${JSON.stringify(word)}`;
}

function commandOf(argv: readonly string[]) {
  const name = COMMAND_NAMES.find((each) =>
    each.split(' ').every((word, index) => argv[index] === word),
  );
  return name && { name, rest: argv.slice(name.split(' ').length) };
}

function parsed(command: CommandName, args: readonly string[]) {
  const spec: CommandSpec = COMMANDS[command];
  // A key would be read by everybody on the machine, so this is caught before it is taken for a typing error.
  if (args.some((arg) => /^--key(?:=|$)/.test(arg))) {
    const message =
      'a key is no argument: everybody on this machine can read those; use CALLCAST_API_KEY or --key-file';
    throw new CommandUsageError(message, command);
  }
  try {
    const options = Object.fromEntries(
      Object.entries<OptionShape>({ ...spec.options, ...GLOBAL_OPTIONS }).map(
        ([name, { type, multiple, short }]) => [
          name,
          { type, ...(multiple && { multiple }), ...(short !== undefined && { short }) },
        ],
      ),
    );
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // The second sentence is advice for other programs.
    throw new CommandUsageError(text.replace(/\. To specify.*$/s, ''), command);
  }
}

type OptionShape = CommandSpec['options'][string];
