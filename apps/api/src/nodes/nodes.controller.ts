import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { nodePageSchema } from '#contracts';
import type { NodePage, NodeView } from '#contracts';
import type { NodeRecord, NodeRegistry } from '#domain';
import { Answers } from '../docs/answers.ts';
import { AccessBy } from '../http/access.ts';
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
});

const rounded = (value: number): number => Number(value.toFixed(3));

@ApiTags('nodes')
@ApiBearerAuth()
@Controller('v1/nodes')
export class NodesController {
  constructor(@Inject(TOKENS.nodes) private readonly nodes: NodeRegistry) {}

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
}
