import type { ServerResponse } from 'node:http';
import type { InternalAnswer, InternalRoute } from '#adapters/nodes-http';
import { isCallId } from '#domain';
import type { CallId } from '#domain';
import type { Logger, Timers } from '#foundation';
import type { MediaSource } from '../calls/ports.ts';
import { FlvListener } from './flv-listener.ts';
import type { FlvReader } from './flv-listener.ts';

/** What is listened to. */
export interface PreviewedCall {
  /** Undefined while there are no media. */
  readonly source: MediaSource | undefined;
  /** Resolves when nothing of the call is left on this node. */
  readonly done: Promise<void>;
}

/** What a desk works with. */
export interface PreviewDeskOptions {
  readonly find: (id: CallId) => PreviewedCall | undefined;
  readonly timers: Timers;
  readonly logger: Logger;
}

const MAX_LISTENERS = 32;
const MAX_LISTENERS_PER_CALL = 8;

const refusal = (status: number, error: string): InternalAnswer => ({ status, body: { error } });

const readerOf = (reply: ServerResponse): FlvReader => ({
  write: (bytes, taken) => {
    reply.write(bytes, (error) => {
      if (error === null || error === undefined) taken();
    });
  },
  end: (bytes, taken) => void reply.end(bytes, taken),
  destroy: () => reply.destroy(),
});

/** Lets people listen in: the calls of this node as HTTP-FLV, for the API to hand on. */
export class PreviewDesk {
  readonly #options: PreviewDeskOptions;
  /** Listeners of each call that has any. */
  readonly #listeners = new Map<CallId, Set<FlvListener>>();

  constructor(options: PreviewDeskOptions) {
    this.#options = options;
  }

  /** 404 for a call that is not here, 409 without media, 503 with as many listeners as there may be. */
  readonly route: InternalRoute = {
    method: 'GET',
    path: '/internal/calls/:id/preview.flv',
    handle: async ({ params: { id = '' }, signal }, reply) => {
      const call = isCallId(id) ? this.#options.find(id) : undefined;
      if (!isCallId(id) || call === undefined) return refusal(404, 'the call is not on this node');
      const { source } = call;
      if (source === undefined) return refusal(409, 'the call has no media now');
      if (!this.#hasRoom(id)) return refusal(503, 'too many listeners');
      await this.#listen(id, { ...call, source }, { reply, signal });
      return undefined;
    },
  };

  #hasRoom(id: CallId): boolean {
    const all = [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
    return all < MAX_LISTENERS && (this.#listeners.get(id)?.size ?? 0) < MAX_LISTENERS_PER_CALL;
  }

  /** Resolves when the listener has been let go. */
  async #listen(
    id: CallId,
    { source, done }: PreviewedCall & { readonly source: MediaSource },
    { reply, signal }: { readonly reply: ServerResponse; readonly signal: AbortSignal },
  ): Promise<void> {
    const { timers, logger } = this.#options;
    reply.writeHead(200, { 'content-type': 'video/x-flv', 'cache-control': 'no-store' });
    await new Promise<void>((resolve) => {
      const listener = new FlvListener({
        source,
        reader: readerOf(reply),
        timers,
        onEnd: (end) => {
          this.#forget(id, listener);
          logger.info('preview.ended', { callId: id, end, droppedTags: listener.droppedTags });
          resolve();
        },
      });
      const others = this.#listeners.get(id) ?? new Set();
      this.#listeners.set(id, others.add(listener));
      signal.addEventListener('abort', () => listener.end('left'));
      void done.then(() => listener.end('callOver'));
    });
  }

  #forget(id: CallId, listener: FlvListener): void {
    const listeners = this.#listeners.get(id);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(id);
  }
}
