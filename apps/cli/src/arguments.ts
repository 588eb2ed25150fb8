import { parseArgs } from 'node:util';

/** What the user asked for. */
export interface CliArguments {
  readonly command: 'start' | 'dev' | 'demo';
  readonly workers: number;
  /** Demo: end after the check and print its figures as one JSON line. */
  readonly isOnce: boolean;
}

/** The command line makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const COMMANDS = ['start', 'dev', 'demo'] as const;
const MAX_WORKERS = 64;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        workers: { type: 'string', default: '1' },
        once: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError with what is wrong. */
export function parseArguments(argv: readonly string[]): CliArguments {
  const { values, positionals } = parse(argv);
  const command = COMMANDS.find((name) => name === positionals[0]);
  if (command === undefined || positionals.length !== 1)
    throw new UsageError(`expected one of ${COMMANDS.join(', ')}`);
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS)
    throw new UsageError(`--workers takes a number from 1 to ${MAX_WORKERS}`);
  if (values.once && command !== 'demo') throw new UsageError('--once belongs to demo');
  return { command, workers, isOnce: values.once };
}
