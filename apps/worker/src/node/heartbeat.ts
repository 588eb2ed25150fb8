import type { Logger, Service, Timer, Timers } from '#foundation';
import type { NodeDrain, NodeId, NodeRefusal, NodeRegistry } from '#domain';
import type { NodeStatus } from './node-status.ts';

const PERIOD_MS = 2_000;

/** What a heartbeat tells of its node. */
export interface HeartbeatOptions {
  readonly node: NodeId;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Where the API reaches the node now. */
  readonly url: () => string | null;
  readonly registry: Pick<NodeRegistry, 'heartbeat' | 'removeNode'>;
  readonly status: Pick<NodeStatus, 'report'>;
  /** Hears at every beat what is asked of the node. */
  readonly onAsked: (drain: NodeDrain | null) => void;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Keeps the node in the list of nodes while it lives. */
export class Heartbeat implements Service {
  readonly #options: HeartbeatOptions;
  #timer: Timer | undefined;
  #isRegistered = false;
  #refusal: NodeRefusal | null = null;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Whether the last beat was written down. */
  get isRegistered(): boolean {
    return this.#isRegistered;
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#timer = this.#options.timers.every(PERIOD_MS, () => void this.#beat());
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    const { registry, node, logger } = this.#options;
    try {
      await registry.removeNode(node);
    } catch (error) {
      // The list forgets the node by itself.
      logger.warn('node.removal_failed', { error: String(error) });
    }
  }

  async #beat(): Promise<void> {
    const { registry, status, logger, node, host, pid, version, url, onAsked } = this.#options;
    const report = status.report();
    this.#tellChange(report.refusal);
    try {
      const place = { id: node, host, pid, version, url: url() };
      const asked = await registry.heartbeat({ ...place, ...report });
      this.#isRegistered = true;
      onAsked(asked);
    } catch (error) {
      this.#isRegistered = false;
      logger.warn('node.heartbeat_failed', { error: String(error) });
    }
  }

  /** Why calls wait elsewhere is looked for in the log: a line for each change, and none in between. */
  #tellChange(refusal: NodeRefusal | null): void {
    if (refusal === this.#refusal) return;
    this.#refusal = refusal;
    const { logger } = this.#options;
    if (refusal === null) logger.info('node.takes_calls');
    else logger.info('node.takes_no_calls', { reason: refusal });
  }
}
