import { COMMANDS, COMMAND_NAMES, GLOBAL_OPTIONS } from './command-table.ts';
import type { CommandName, CommandSpec, OptionSpec } from './command-table.ts';

const EXIT_TEXT = `Exit codes: 0 all is well, 1 a call has failed or something was refused, 2 the command line makes no sense,
3 the API cannot be reached or does not take the key, 130 left by Ctrl-C.`;

function optionLines(options: Readonly<Record<string, OptionSpec>>): string[] {
  const rows = Object.entries(options).map(([name, { short, value, text }]) => {
    const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}`;
    return { flag: value === undefined ? flag : `${flag} ${value}`, text };
  });
  const width = Math.max(0, ...rows.map(({ flag }) => flag.length));
  return rows.map(({ flag, text }) => `  ${flag.padEnd(width)}  ${text}`);
}

/** The help of all commands together. */
function overview(): string {
  const width = Math.max(...COMMAND_NAMES.map((name) => name.length));
  const lines = COMMAND_NAMES.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name].summary}`);
  return [
    'usage: callcast COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    ...lines,
    '',
    'Options of every command:',
    ...optionLines(GLOBAL_OPTIONS),
    '',
    'callcast COMMAND --help tells more, with examples.',
    '',
    EXIT_TEXT,
  ].join('\n');
}

/** The help of one command, or of all. */
export function helpText(command: CommandName | undefined): string {
  if (command === undefined) return overview();
  const spec: CommandSpec = COMMANDS[command];
  return [
    `usage: ${`callcast ${command} ${spec.takes.usage}`.trimEnd()} [OPTIONS]`,
    '',
    `${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`,
    ...(spec.details === undefined ? [] : [spec.details]),
    '',
    'Options:',
    ...optionLines({ ...spec.options, ...GLOBAL_OPTIONS }),
    '',
    'Examples:',
    ...spec.examples.map((example) => `  ${example}`),
    '',
    EXIT_TEXT,
  ].join('\n');
}
