import type { UnfinishedRecording } from '#adapters/record-flv';
import type { NodeId } from '#domain';
import type { Logger, Service, Timer, Timers } from '#foundation';
import { Conversion } from './conversion.ts';
import type { ConversionOptions } from './conversion.ts';

/** What a desk works with. */
export interface ConversionDeskOptions extends ConversionOptions {
  readonly node: NodeId;
  /** Nodes that were heard of lately. */
  readonly livingNodes: () => Promise<ReadonlySet<string>>;
  /** Whether a call has ended for good, some time ago. */
  readonly isOver: (callId: string) => Promise<boolean>;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Recordings that dead workers have left are looked for so often. */
const SWEEP_MS = 60_000;

/** Turns recordings that are closed into MP4s, one after the other: those of this worker, and what dead ones have left. */
export class ConversionDesk implements Service {
  readonly #options: ConversionDeskOptions;
  /** Not tried again in the life of this process. */
  readonly #givenUp = new Set<string>();
  #stopping = new AbortController();
  #sweeps: Timer | undefined;
  #hasNews = false;
  #work: Promise<void> | undefined;

  constructor(options: ConversionDeskOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#stopping = new AbortController();
    this.#sweeps = this.#options.timers.every(SWEEP_MS, () => this.wake());
    this.wake();
    return Promise.resolve();
  }

  /** Leaves what is under way to the next one who looks. */
  async stop(): Promise<void> {
    this.#sweeps?.cancel();
    this.#stopping.abort();
    await this.#work;
  }

  /** There may be something to convert. */
  wake(): void {
    this.#hasNews = true;
    if (this.#isStopping()) return;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
      if (this.#hasNews) this.wake();
    });
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { folder, logger } = this.#options;
    try {
      while (this.#hasNews && !this.#isStopping()) {
        this.#hasNews = false;
        for (const recording of await folder.unfinished()) {
          if (this.#isStopping()) return;
          if (await this.#mayTake(recording)) await this.#convert(recording);
        }
      }
    } catch (error) {
      logger.warn('recording.sweep_failed', { error: String(error) });
    }
  }

  async #mayTake({ file, mark, callId }: UnfinishedRecording): Promise<boolean> {
    const { node, livingNodes, isOver } = this.#options;
    if (this.#givenUp.has(file) || mark === node) return false;
    if (mark === 'done') return true;
    return mark === 'live' ? await isOver(callId) : !(await livingNodes()).has(mark);
  }

  async #convert(recording: UnfinishedRecording): Promise<void> {
    const { folder, node, logger } = this.#options;
    if (!(await folder.mark(recording, node))) return;
    const mine = { ...recording, mark: node };
    const { file, callId } = recording;
    try {
      // Of a worker that died while it wrote it; of any other there is none.
      await folder.remove(folder.paths(file, recording.mark).part);
      const outcome = await new Conversion(this.#options, mine, this.#stopping.signal).run();
      if (outcome === 'ready') await folder.unmark(mine);
      else await folder.mark(mine, outcome === 'failed' ? 'failed' : 'done');
      if (outcome === 'programMissing') this.#givenUp.add(file);
      logger.info('recording.converted', { callId, file, outcome });
    } catch (error) {
      await folder.mark(mine, 'done');
      logger.warn('recording.conversion_broken', { callId, file, error: String(error) });
    }
  }
}
