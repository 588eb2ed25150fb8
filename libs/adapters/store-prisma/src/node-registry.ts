import type { NodeId, NodeRecord, NodeRegistry } from '#domain';
import type { StoreClient } from './prisma-client.ts';

/** A node that has said nothing for an hour will never come back: its id is of one process only. */
const FORGOTTEN_SECONDS = 3_600;
const HEARD_OF_SECONDS = 15;

interface NodeRow {
  readonly id: NodeId;
  readonly host: string;
  readonly pid: number;
  readonly capacity: number;
  readonly active_calls: number;
  readonly is_draining: boolean;
}

/** The nodes as they present themselves, by the database's clock. */
export class PrismaNodeRegistry implements NodeRegistry {
  constructor(private readonly prisma: StoreClient) {}

  async heartbeat(node: NodeRecord): Promise<void> {
    await this.prisma.$executeRaw`
      WITH forgotten AS (
        DELETE FROM nodes
        WHERE seen_at < clock_timestamp() - ${FORGOTTEN_SECONDS}::int * interval '1 s' AND id <> ${node.id}
      )
      INSERT INTO nodes (id, host, pid, capacity, active_calls, is_draining)
      VALUES (${node.id}, ${node.host}, ${node.pid}::int, ${node.capacity}::int, ${node.activeCalls}::int,
        ${node.isDraining})
      ON CONFLICT (id) DO UPDATE SET
        capacity = excluded.capacity, active_calls = excluded.active_calls,
        is_draining = excluded.is_draining, seen_at = clock_timestamp()`;
  }

  async removeNode(id: NodeId): Promise<void> {
    await this.prisma.node.deleteMany({ where: { id } });
  }

  async listNodes(): Promise<readonly NodeRecord[]> {
    const rows = await this.prisma.$queryRaw<NodeRow[]>`
      SELECT id, host, pid, capacity, active_calls, is_draining FROM nodes
      WHERE seen_at > clock_timestamp() - ${HEARD_OF_SECONDS}::int * interval '1 s' ORDER BY id`;
    return rows.map(({ active_calls, is_draining, ...node }) => ({
      ...node,
      activeCalls: active_calls,
      isDraining: is_draining,
    }));
  }
}
