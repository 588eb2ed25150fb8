import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { endProcess, identifyProcess } from '#adapters/services-local';
import type { ProcessIdentity, Watchdog } from '#adapters/services-local';
import { withDeadline } from '#foundation';
import type { Service, Timer, Timers } from '#foundation';
import { parseLogLine } from './log-line.ts';
import type { LogLine } from './log-line.ts';

/** How one process of ours is run. */
export interface ChildAppOptions {
  readonly name: string;
  /** A JavaScript file. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Options of Node.js itself. Default: none. */
  readonly nodeOptions?: readonly string[];
  /** The event of the log line that says: I do my work. */
  readonly readyEvent: string;
  readonly watchdog: Watchdog;
  readonly timers: Timers;
  readonly onLine: (line: LogLine) => void;
  /** Called when a process is ready, the first time and after each restart. */
  readonly onReady: (pid: number) => void;
}

/** A process of ours ended before it was ready, or took too long. */
export class ChildStartError extends Error {
  override readonly name = 'ChildStartError';

  constructor(
    message: string,
    readonly lastLines: readonly string[],
  ) {
    super(told(lastLines, message));
  }
}

/** The reason that a process of ours has given; without one, everything it said. */
function told(lines: readonly string[], message: string): string {
  const failure = lines.map(parseLogLine).findLast(({ event }) => event.endsWith('.start_failed'));
  const detail = failure?.fields['detail'];
  return typeof detail === 'string' ? `${message}: ${detail}` : [message, ...lines].join('\n');
}

const READY_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;
/** A process that lived this long starts its backoff anew. */
const STABLE_MS = 30_000;
const KEPT_LINES = 30;

interface Running {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One process of ours, started again when it crashes, ended with us. */
export class ChildApp implements Service {
  readonly #options: ChildAppOptions;
  #running: Running | undefined;
  #restart: Timer | undefined;
  #starting: Promise<Running> | undefined;
  #backoffMs = FIRST_BACKOFF_MS;
  #isWanted = false;

  constructor(options: ChildAppOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#running?.identity.pid;
  }

  /** The fields of its ready line; empty before that. */
  get readyFields(): Readonly<Record<string, unknown>> {
    return this.#running?.fields ?? {};
  }

  /** @throws ChildStartError when the first start fails; only later ones are tried again. */
  async start(): Promise<void> {
    if (this.#isWanted) return;
    this.#isWanted = true;
    try {
      await this.#launch();
    } catch (error) {
      this.#isWanted = false;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    this.#restart?.cancel();
    await this.#starting?.catch(() => undefined);
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) await this.#end(running.identity);
  }

  async #launch(): Promise<void> {
    this.#starting = this.#spawnReady();
    const running = await this.#starting;
    this.#running = running;
    const stable = this.#options.timers.after(STABLE_MS, () => {
      this.#backoffMs = FIRST_BACKOFF_MS;
    });
    const onExit = (): void => {
      stable.cancel();
      this.#options.watchdog.forget(running.identity);
      if (this.#running === running) this.#onCrash();
    };
    if (running.child.exitCode === null && running.child.signalCode === null)
      running.child.once('exit', onExit);
    else onExit();
    this.#options.onReady(running.identity.pid);
  }

  #onCrash(): void {
    this.#running = undefined;
    if (!this.#isWanted) return;
    const backoffMs = this.#backoffMs;
    this.#backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    this.#say('warn', 'process.crashed', { restartInMs: backoffMs });
    this.#restart = this.#options.timers.after(backoffMs, () => {
      this.#launch().catch((error: unknown) => {
        this.#say('error', 'process.restart_failed', { detail: String(error) });
        this.#onCrash();
      });
    });
  }

  #say(level: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.onLine({ level, event, time: undefined, fields });
  }

  async #spawnReady(): Promise<Running> {
    const { name, script, environment, nodeOptions = [], timers, watchdog } = this.#options;
    // Detached: Ctrl-C in the terminal reaches us alone, and we end them in order.
    const child = spawn(process.execPath, ['--enable-source-maps', ...nodeOptions, script], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const lines: string[] = [];
    const ready = this.#untilReady(child, lines);
    ready.catch(() => undefined);
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity !== undefined) watchdog.watch(identity, 'TERM');
    try {
      const fields = await withDeadline(timers, READY_TIMEOUT_MS, `the start of ${name}`, ready);
      if (identity === undefined) throw new Error(`${name} has no process`);
      return { child, identity, fields };
    } catch (error) {
      if (identity !== undefined) await this.#end(identity);
      throw new ChildStartError(
        `${name} did not start: ${error instanceof Error ? error.message : String(error)}`,
        lines,
      );
    }
  }

  #untilReady(child: ChildProcess, lines: string[]): Promise<LogLine['fields']> {
    return new Promise((resolve, reject) => {
      const take = (text: string): void => {
        lines.push(text);
        if (lines.length > KEPT_LINES) lines.shift();
        const line = parseLogLine(text);
        this.#options.onLine(line);
        if (line.event === this.#options.readyEvent) resolve(line.fields);
      };
      followLines(child.stdout, take);
      followLines(child.stderr, take);
      child.once('error', reject);
      child.once('close', (code, signal) => {
        reject(new Error(`it ended with ${String(code ?? signal)}`));
      });
    });
  }

  async #end(identity: ProcessIdentity): Promise<void> {
    await endProcess(identity, 'SIGTERM', STOP_GRACE_MS);
    this.#options.watchdog.forget(identity);
  }
}

function followLines(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', take);
}
