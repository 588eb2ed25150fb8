import { parseArgs } from 'node:util';
import { PLATFORMS } from '#domain';
import type { Platform } from '#domain';

/** Runs everything on this machine. */
export interface ServeArguments {
  readonly command: 'start' | 'dev' | 'demo';
  readonly workers: number;
  /** Demo: end after the check and print its figures as one JSON line. */
  readonly isOnce: boolean;
}

/** Looks at one RTMP target. */
export interface DoctorArguments {
  readonly command: 'doctor';
  /** Server and application. The key is asked for: everybody on the machine can read arguments. */
  readonly url: string;
  readonly username: string | undefined;
  readonly platform: Platform | undefined;
}

/** Seals the stored secrets again. */
export interface SecretsArguments {
  readonly command: 'secrets';
  readonly action: 'rotate';
}

/** What the user asked for. */
export type CliArguments = ServeArguments | DoctorArguments | SecretsArguments;

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
        workers: { type: 'string' },
        once: { type: 'boolean', default: false },
        username: { type: 'string' },
        platform: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Parsed = ReturnType<typeof parse>;

/** @throws UsageError with what is wrong. */
export function parseArguments(argv: readonly string[]): CliArguments {
  const parsed = parse(argv);
  const [command, action, ...rest] = parsed.positionals;
  if (command === 'doctor') return doctorArguments(parsed);
  if (command !== 'secrets') return serveArguments(parsed);
  if (action !== 'rotate' || rest.length > 0) throw new UsageError('secrets takes: rotate');
  return { command, action };
}

function serveArguments({ values, positionals }: Parsed): ServeArguments {
  const command = COMMANDS.find((name) => name === positionals[0]);
  if (command === undefined || positionals.length !== 1)
    throw new UsageError(`expected one of ${COMMANDS.join(', ')}, doctor, secrets`);
  const workers = Number(values.workers ?? '1');
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS)
    throw new UsageError(`--workers takes a number from 1 to ${MAX_WORKERS}`);
  if (values.once && command !== 'demo') throw new UsageError('--once belongs to demo');
  if (values.username !== undefined || values.platform !== undefined)
    throw new UsageError('--username and --platform belong to doctor');
  return { command, workers, isOnce: values.once };
}

function doctorArguments({ values, positionals }: Parsed): DoctorArguments {
  const [, url, ...rest] = positionals;
  if (url === undefined || rest.length > 0)
    throw new UsageError('doctor takes one URL: rtmp://host/application');
  if (/^[^?#]*@/.test(url))
    throw new UsageError(
      'leave the login out of the URL: give --username, the password is asked for',
    );
  if (values.once || values.workers !== undefined)
    throw new UsageError('--once and --workers do not belong to doctor');
  const platform = PLATFORMS.find((name) => name === values.platform);
  if (values.platform !== undefined && platform === undefined)
    throw new UsageError(`--platform takes one of ${PLATFORMS.join(', ')}`);
  return { command: 'doctor', url, username: values.username, platform };
}
