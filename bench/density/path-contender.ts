import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchCall, Contender, MediaTarget, StreamSettings } from './contender.ts';
import type { PathReply, PathRequest } from './path-process.ts';
import type { ProcessCost } from './process-cost.ts';
import { costOf } from './process-cost.ts';

interface PathOptions extends StreamSettings {
  readonly rtmpBase: string;
}

const PROCESS = fileURLToPath(new URL('./path-process.js', import.meta.url));

/** Our media path, many calls in one process, joined as a worker joins it. */
export class PathContender implements Contender {
  readonly name = 'ours';
  readonly #options: PathOptions;
  readonly #child: ChildProcess;
  #idle: ProcessCost | undefined;

  constructor(options: PathOptions) {
    this.#options = options;
    // Without it glibc keeps freed encoder blocks in a heap that small objects fragment.
    const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '131072' };
    this.#child = fork(PROCESS, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
  }

  get idle(): ProcessCost | undefined {
    return this.#idle;
  }

  streamKey(index: number): string {
    return `ours-${index}`;
  }

  /** Lets the process carry calls for a while and then none, so that what it loads once is loaded. */
  async warmUp(): Promise<void> {
    await this.#ask({ kind: 'warmUp', ...this.#options });
    this.#idle = costOf(this.pids());
  }

  async open(calls: readonly BenchCall[]): Promise<readonly MediaTarget[]> {
    const opened = calls.map(({ index, sourcePort }) => ({
      sourcePort,
      rtmpUrl: `${this.#options.rtmpBase}/${this.streamKey(index)}`,
    }));
    const reply = await this.#ask({ kind: 'open', calls: opened, ...this.#options });
    return reply.ports.map((port) => ({ host: '127.0.0.1', port }));
  }

  pids(): readonly number[] {
    return this.#child.pid === undefined ? [] : [this.#child.pid];
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }

  async #ask(request: PathRequest): Promise<PathReply> {
    this.#child.send(request);
    const [reply] = (await once(this.#child, 'message')) as [PathReply];
    if (reply.kind === 'failed') throw new Error(`the media process failed: ${reply.reason}`);
    return reply;
  }
}
