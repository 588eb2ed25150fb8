import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { drainRequestSchema, nodePageSchema, nodeViewSchema } from '#contracts';
import type { DrainRequest, NodePage, NodeView } from '#contracts';
import { Fault } from '#domain';
import type { NodeDrain, NodeId, NodeRecord, NodeRegistry } from '#domain';
import type { Logger } from '#foundation';
import { Answers } from '../docs/answers.ts';
import { Body } from '../http/checked.ts';
import { AccessBy } from '../http/access.ts';
import { By } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';

/** A node as clients see it. */
const nodeView = (node: NodeRecord): NodeView => ({
  id: node.id,
  host: node.host,
  pid: node.pid,
  version: node.version,
  startedAt: node.startedAt.toISOString(),
  seenAt: node.seenAt.toISOString(),
  activeCalls: node.activeCalls,
  capacity: node.capacity,
  usedCapacity: rounded(node.usedCapacity),
  load: { latenessP99Ms: rounded(node.latenessP99Ms), cpuCores: rounded(node.cpuCores) },
  admission: {
    takesCalls: node.refusal === null,
    reason: node.refusal,
    since: node.refusalSince.toISOString(),
  },
  drain: node.drain,
});

const rounded = (value: number): number => Number(value.toFixed(3));

const PROBLEMS = [400, 401, 404, 409, 413, 415, 503];

@ApiTags('nodes')
@ApiBearerAuth()
@Controller('v1/nodes')
export class NodesController {
  constructor(
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  @Get()
  @AccessBy('operatorRead')
  @ApiOperation({
    summary:
      'The worker processes that run: what they carry, how they fare, whether they take calls.',
    description: 'A node that has not told of itself for 15 s is left out.',
  })
  @Answers(200, nodePageSchema, 'All of them.', [401, 503])
  async list(): Promise<NodePage> {
    const nodes = await this.nodes.listNodes();
    return { items: nodes.map(nodeView), nextCursor: null };
  }

  @Post(':id/drain')
  @HttpCode(202)
  @AccessBy('operator')
  @ApiOperation({
    summary: 'Let a node take no more calls, until it is resumed or ends.',
    description:
      'With `handOver` its calls go on elsewhere, as they do when it is stopped: refused with `NODE_NO_ROOM` where no other node takes calls.',
  })
  @Answers(202, nodeViewSchema, 'The node, which hears of it within two seconds.', PROBLEMS)
  async drain(
    @By() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: drainRequestSchema }) { handOver }: DrainRequest,
  ): Promise<NodeView> {
    if (handOver) await this.#checkRoomBeside(id);
    return await this.#ask(id, handOver ? 'handOver' : 'drain', caller);
  }

  @Post(':id/resume')
  @HttpCode(202)
  @AccessBy('operator')
  @ApiOperation({ summary: 'Let a drained node take calls again.' })
  @Answers(202, nodeViewSchema, 'The node, which hears of it within two seconds.', [401, 404, 503])
  async resume(@By() caller: Caller, @Param('id') id: string): Promise<NodeView> {
    return await this.#ask(id, null, caller);
  }

  /** Calls that are handed over to nobody would be off the air. */
  async #checkRoomBeside(id: string): Promise<void> {
    const nodes = await this.nodes.listNodes();
    const hasRoomBeside = nodes.some((node) => node.id !== id && node.refusal === null);
    if (!hasRoomBeside) throw new Fault('NODE_NO_ROOM');
  }

  async #ask(id: string, drain: NodeDrain | null, { keyId }: Caller): Promise<NodeView> {
    // Only compared with ids of ours.
    const isHeard = await this.nodes.askToDrain(id as NodeId, drain);
    const node = (await this.nodes.listNodes()).find((each) => each.id === id);
    if (!isHeard || node === undefined) throw new Fault('NODE_NOT_FOUND');
    this.logger.info('node.drain_asked', { node: id, drain, keyId });
    return nodeView(node);
  }
}
