import type { NodeId, NodeRecord, NodeRegistry } from '#domain';
import type { Database, Statement } from './database.ts';
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

const HEARTBEAT: Statement = {
  name: 'heartbeat',
  text: `
  WITH forgotten AS (
    DELETE FROM nodes
    WHERE id <> $1 AND seen_at < clock_timestamp() - ${FORGOTTEN_SECONDS} * interval '1 s'
  )
  INSERT INTO nodes (id, host, pid, capacity, active_calls, is_draining)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (id) DO UPDATE SET
    capacity = excluded.capacity, active_calls = excluded.active_calls,
    is_draining = excluded.is_draining, seen_at = clock_timestamp()`,
};

const LIST_NODES: Statement = {
  name: 'list-nodes',
  text: `
  SELECT id, host, pid, capacity, active_calls, is_draining FROM nodes
  WHERE seen_at > clock_timestamp() - ${HEARD_OF_SECONDS} * interval '1 s' ORDER BY id`,
};

/** The nodes as they present themselves, by the database's clock. */
export class PrismaNodeRegistry implements NodeRegistry {
  constructor(
    private readonly database: Database,
    private readonly prisma: StoreClient,
  ) {}

  async heartbeat(node: NodeRecord): Promise<void> {
    const { id, host, pid, capacity, activeCalls, isDraining } = node;
    const values = [id, host, pid, capacity, activeCalls, isDraining];
    await this.database.query(HEARTBEAT, values);
  }

  async removeNode(id: NodeId): Promise<void> {
    await this.prisma.node.deleteMany({ where: { id } });
  }

  async listNodes(): Promise<readonly NodeRecord[]> {
    const rows = await this.database.query<NodeRow>(LIST_NODES, []);
    return rows.map(({ active_calls, is_draining, ...node }) => ({
      ...node,
      activeCalls: active_calls,
      isDraining: is_draining,
    }));
  }
}
