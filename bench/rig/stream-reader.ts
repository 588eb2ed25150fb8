import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ArrivedFrame, ReaderReply, ReaderRequest, StreamGaps } from './reader-process.ts';

const READER = fileURLToPath(new URL('./reader-process.js', import.meta.url));
/** More than the first moments of a stream. */
const FLOWING_TAGS = 40;
const POLL_MS = 250;

/** An RTMP server in a process of its own that notes when every tag arrives. */
export class StreamReader {
  /** The RTMP address without the stream key. */
  readonly rtmpBase: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.rtmpBase = `rtmp://127.0.0.1:${port}/live`;
  }

  /** @param keeps Whether the frames themselves are kept too. */
  static async start(keeps: 'times' | 'frames'): Promise<StreamReader> {
    const child = fork(READER, [keeps], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const { port } = await reply(child);
    return new StreamReader(child, port);
  }

  /** How even all streams have come since the last call. */
  async takeGaps(): Promise<StreamGaps> {
    return (await this.#ask('takeGaps')).gaps ?? { tags: {}, worstMs: [] };
  }

  /** All frames of all streams until now, by stream key. */
  async frames(): Promise<Readonly<Record<string, readonly ArrivedFrame[]>>> {
    return (await this.#ask('takeFrames')).frames ?? {};
  }

  /** Resolves when every stream has brought sound. @throws Error after `timeoutMs`. */
  async untilFlowing(streamKeys: readonly string[], timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const { tags } = await this.takeGaps();
      const missing = streamKeys.filter((key) => (tags[key] ?? 0) < FLOWING_TAGS);
      if (missing.length === 0) return;
      if (performance.now() > deadline) throw new Error(`no sound on ${missing.join(', ')}`);
      await pause(POLL_MS);
    }
  }

  stop(): void {
    this.#child.disconnect();
  }

  async #ask(request: ReaderRequest): Promise<ReaderReply> {
    this.#child.send(request);
    return await reply(this.#child);
  }
}

async function reply(child: ChildProcess): Promise<ReaderReply> {
  const [answer] = (await once(child, 'message')) as [ReaderReply];
  return answer;
}
