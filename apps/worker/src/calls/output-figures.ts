import type { OutputStats } from '#domain';
import type { Outlet } from './ports.ts';

/** What one output has sent, over all its connections. */
export class OutputFigures {
  #outlet: Pick<Outlet, 'stats'> | undefined;
  #connections = 0;
  #bytes = 0;
  #droppedTags = 0;
  #tags = 0;

  /** A new connection; the one before it sends nothing any more. */
  follow(outlet: Pick<Outlet, 'stats'>): void {
    const before = this.#outlet?.stats();
    this.#bytes += before?.bytesSent ?? 0;
    this.#droppedTags += before?.droppedTags ?? 0;
    this.#outlet = outlet;
    this.#connections += 1;
  }

  /** A tag was given to the connection. */
  countTag(): void {
    this.#tags += 1;
  }

  /** The figures of now. */
  take(): Omit<OutputStats, 'id' | 'audioCodec' | 'isCongested'> {
    const stats = this.#outlet?.stats();
    const { bytesSent = 0, queuedBytes = 0, queuedMs = 0, droppedTags = 0 } = stats ?? {};
    return {
      reconnects: Math.max(0, this.#connections - 1),
      bytes: this.#bytes + bytesSent,
      tags: this.#tags,
      droppedTags: this.#droppedTags + droppedTags,
      queuedBytes,
      queuedMs,
    };
  }
}
