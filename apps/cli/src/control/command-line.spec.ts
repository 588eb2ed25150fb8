import { describe, expect, it } from 'vitest';
import { COMMANDS, COMMAND_NAMES } from './command-table.ts';
import { CommandUsageError, parseCommandLine } from './command-line.ts';
import { helpText } from './help-text.ts';

/** The words of an example, without what is for the shell. */
const wordsOf = (example: string): string[] => {
  const [command = ''] = example.split(' < ');
  return command.split(' ').slice(1);
};

const EXAMPLES = COMMAND_NAMES.flatMap((name) =>
  COMMANDS[name].examples.map((example) => [name, example] as const),
);

describe('a command line', () => {
  it.each(EXAMPLES)('of %s is understood as its help shows it: %s', (command, example) => {
    expect(parseCommandLine(wordsOf(example))).toMatchObject({ kind: 'command', command });
  });

  it('gives options and arguments in any order', () => {
    const line = parseCommandLine(['call', '-o', 'rtmp://a/b', 'sip:x@y', '--output=file:z', '-d']);

    if (line.kind !== 'command') throw new Error('no command');
    const { given } = line;
    expect(given.positionals).toEqual(['sip:x@y']);
    expect(given.texts('output')).toEqual(['rtmp://a/b', 'file:z']);
    expect(given.flag('detach')).toBe(true);
    expect(given.flag('register')).toBe(false);
    expect(given.text('trunk')).toBe(undefined);
  });

  it.each([
    { argv: ['fly'], says: 'there is no command "fly"' },
    { argv: ['hooks'], says: 'hooks takes: listen' },
    { argv: ['--json', 'list'], says: 'the command comes first' },
    { argv: ['dtmf'], says: 'it takes a call and the keys' },
    { argv: ['watch', 'a', 'b'], says: 'it takes one call, or none' },
    { argv: ['list', '--colour'], says: "Unknown option '--colour'" },
    { argv: ['list', '--limit'], says: "Option '--limit <value>' argument missing" },
    { argv: ['hangup', '--json=yes', 'call_1'], says: "Option '--json' does not take an argument" },
  ])('$argv is refused: $says', ({ argv, says }) => {
    expect(() => parseCommandLine(argv)).toThrow(CommandUsageError);
    expect(() => parseCommandLine(argv)).toThrow(says);
  });

  it.each([
    ['list', '--key', 'cc_1_secret'],
    ['list', '--key=cc_1_secret'],
  ])('with a key is refused without repeating it: %s %s', (...argv) => {
    const parse = () => parseCommandLine(argv);

    expect(parse).toThrow('CALLCAST_API_KEY or --key-file');
    expect(parse).not.toThrow('secret');
  });

  it.each([
    [['list', '--limit', '0']],
    [['list', '--limit', '1.5']],
    [['list', '--limit', 'many']],
    [['list', '--limit', '']],
  ])('with a number that is none is refused: %j', (argv) => {
    const line = parseCommandLine(argv);

    expect(() => line.kind === 'command' && line.given.number('limit', 1, 10)).toThrow(
      '--limit takes a number from 1 to 10',
    );
  });
});

describe('help', () => {
  it.each([
    [[], undefined],
    [['help'], undefined],
    [['--help'], undefined],
    [['help', 'dtmf'], 'dtmf'],
    [['hooks', 'listen', '-h'], 'hooks listen'],
    [['call', 'sip:x@y', '--help'], 'call'],
  ])('is asked for by %j', (argv, command) => {
    expect(parseCommandLine(argv)).toEqual({ kind: 'help', command });
  });

  it('of all names every command, and of each every option, its examples and the exit codes', () => {
    for (const name of COMMAND_NAMES) {
      const text = helpText(name);

      expect(helpText(undefined)).toContain(`  ${name} `);
      for (const option of Object.keys(COMMANDS[name].options))
        expect(text).toContain(`--${option}`);
      for (const example of COMMANDS[name].examples) expect(text).toContain(example);
      expect(text).toContain('Exit codes');
    }
  });

  it('fits a usual terminal', () => {
    const lines = [undefined, ...COMMAND_NAMES].flatMap((name) => helpText(name).split('\n'));

    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
