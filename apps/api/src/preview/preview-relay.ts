import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { NodeClient } from '#adapters/nodes-http';
import { Fault, callLifecycle } from '#domain';
import type { CallRecord, NodeRegistry } from '#domain';
import { TOKENS } from '../tokens.ts';

/** Until the head of the stream is here. */
const OPEN_TIMEOUT_MS = 5_000;

const faultOf = (status: number | undefined): Fault => {
  if (status === 503) return new Fault('PREVIEW_FULL');
  // It has gone to another node, or ended, since the store was asked.
  if (status === 404 || status === 409) return new Fault('PREVIEW_NONE');
  return new Fault('NODE_UNREACHABLE', { detail: 'The node of the call cannot stream it.' });
};

/** Hands the stream of a call on from the node that owns it. Nothing is kept here: who is slow slows that stream only. */
@Injectable()
export class PreviewRelay implements OnModuleDestroy {
  readonly #replies = new Map<ServerResponse, IncomingMessage>();

  constructor(
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(TOKENS.nodeClient) private readonly client: NodeClient,
  ) {}

  /**
   * Opens the stream.
   * @throws Fault CALL_ALREADY_ENDED, PREVIEW_NONE, PREVIEW_FULL, NODE_UNREACHABLE.
   */
  async open({ id, state, node }: CallRecord): Promise<IncomingMessage> {
    if (callLifecycle.isTerminal(state)) throw new Fault('CALL_ALREADY_ENDED');
    if (node === null) throw new Fault('PREVIEW_NONE');
    const place = (await this.nodes.listNodes()).find((one) => one.id === node);
    if (place === undefined) throw new Fault('NODE_UNREACHABLE');
    const stream = await this.client.openStream(place, {
      path: `/internal/calls/${id}/preview.flv`,
      timeoutMs: OPEN_TIMEOUT_MS,
    });
    if (stream.statusCode === 200) return stream;
    stream.destroy();
    throw faultOf(stream.statusCode);
  }

  /** Gives it to a client, whose head has been sent, until either of them ends. */
  relay(stream: IncomingMessage, reply: ServerResponse): void {
    // The client may have left while the node was asked.
    if (reply.destroyed) {
      stream.destroy();
      return;
    }
    this.#replies.set(reply, stream);
    reply.once('close', () => {
      this.#replies.delete(reply);
      stream.destroy();
    });
    // The node is gone: the client shall not take it for the end of the call.
    stream.once('error', () => reply.destroy());
    stream.pipe(reply);
  }

  /** Lets all listeners go; they come back to another process. */
  stop(): void {
    for (const [reply, stream] of this.#replies) {
      stream.unpipe(reply);
      reply.end();
    }
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
