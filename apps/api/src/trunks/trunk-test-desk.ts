import { Inject, Injectable } from '@nestjs/common';
import type { NodeClient } from '#adapters/nodes-http';
import { trunkTrialSchema } from '#contracts';
import type { TrunkTestView } from '#contracts';
import { Fault } from '#domain';
import type { NodeRegistry, TrunkRecord } from '#domain';
import type { Logger } from '#foundation';
import { askAnyNode } from '../nodes/any-node.ts';
import { TOKENS } from '../tokens.ts';

/** OPTIONS, then a registration that waits for its turn. */
const TIMEOUT_MS = 25_000;

/** Has a worker try a trunk before a call needs it. */
@Injectable()
export class TrunkTestDesk {
  constructor(
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(TOKENS.nodeClient) private readonly client: NodeClient,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /** @throws Fault NODE_UNREACHABLE, CHECKS_TOO_MANY. */
  async test({ id, settings }: TrunkRecord): Promise<TrunkTestView> {
    const { node, answer } = await askAnyNode(
      { nodes: this.nodes, client: this.client },
      {
        path: '/internal/trunks/test',
        body: { trunkId: id },
        timeoutMs: TIMEOUT_MS,
      },
    );
    const trial = trunkTrialSchema.safeParse(answer.body);
    if (answer.status !== 200 || !trial.success) {
      throw new Fault('NODE_UNREACHABLE', { detail: 'The worker cannot try the trunk.' });
    }
    const { steps, problem } = trial.data;
    const ok = problem === null;
    this.logger.info('trunk.tested', { trunkId: id, ok, code: problem?.code ?? null });
    return { ok, trunk: settings.name, node: node.id, steps, problem };
  }
}
