import type { NodeDrain, NodeId, NodeRecord, NodeRefusal, NodeRegistry, NodeReport } from '#domain';
import type { Database, Statement } from './database.ts';
import type { StoreClient } from './prisma-client.ts';

/** A node that has said nothing for an hour will never come back: its id is of one process only. */
const FORGOTTEN_SECONDS = 3_600;
const HEARD_OF_SECONDS = 15;

interface NodeRow {
  readonly id: NodeId;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly url: string | null;
  readonly capacity: number;
  readonly used_capacity: number;
  readonly active_calls: number;
  readonly lateness_p99_ms: number;
  readonly cpu_cores: number;
  readonly refusal: NodeRefusal | null;
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly refusal_since: Date;
  readonly drain: NodeDrain | null;
}

const HEARTBEAT: Statement = {
  name: 'heartbeat',
  text: `
  WITH forgotten AS (
    DELETE FROM nodes
    WHERE id <> $1 AND seen_at < clock_timestamp() - ${FORGOTTEN_SECONDS} * interval '1 s'
  )
  INSERT INTO nodes (id, host, pid, version, capacity, used_capacity, active_calls,
    lateness_p99_ms, cpu_cores, refusal, url)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (id) DO UPDATE SET url = excluded.url,
    capacity = excluded.capacity, used_capacity = excluded.used_capacity,
    active_calls = excluded.active_calls, lateness_p99_ms = excluded.lateness_p99_ms,
    cpu_cores = excluded.cpu_cores, refusal = excluded.refusal,
    refusal_since = CASE WHEN nodes.refusal IS DISTINCT FROM excluded.refusal
      THEN clock_timestamp() ELSE nodes.refusal_since END,
    seen_at = clock_timestamp()
  RETURNING drain`,
};

const ASK_TO_DRAIN: Statement = {
  name: 'ask-to-drain',
  text: `
  UPDATE nodes SET drain = $2
  WHERE id = $1 AND seen_at > clock_timestamp() - ${HEARD_OF_SECONDS} * interval '1 s' RETURNING id`,
};

const LIST_NODES: Statement = {
  name: 'list-nodes',
  text: `
  SELECT id, host, pid, version, url, capacity, used_capacity, active_calls, lateness_p99_ms,
    cpu_cores, refusal, started_at, seen_at, refusal_since, drain FROM nodes
  WHERE seen_at > clock_timestamp() - ${HEARD_OF_SECONDS} * interval '1 s' ORDER BY id`,
};

/** The nodes as they present themselves, by the database's clock. */
export class PrismaNodeRegistry implements NodeRegistry {
  constructor(
    private readonly database: Database,
    private readonly prisma: StoreClient,
  ) {}

  async heartbeat(node: NodeReport): Promise<NodeDrain | null> {
    const { id, host, pid, version, capacity, usedCapacity, activeCalls } = node;
    const { latenessP99Ms, cpuCores, refusal, url } = node;
    const place = [id, host, pid, version];
    const load = [capacity, usedCapacity, activeCalls, latenessP99Ms, cpuCores, refusal, url];
    const values = [...place, ...load];
    const [row] = await this.database.query<{ drain: NodeDrain | null }>(HEARTBEAT, values);
    return row?.drain ?? null;
  }

  async askToDrain(id: NodeId, drain: NodeDrain | null): Promise<boolean> {
    return (await this.database.query(ASK_TO_DRAIN, [id, drain])).length > 0;
  }

  async removeNode(id: NodeId): Promise<void> {
    await this.prisma.node.deleteMany({ where: { id } });
  }

  async listNodes(): Promise<readonly NodeRecord[]> {
    const rows = await this.database.query<NodeRow>(LIST_NODES, []);
    return rows.map((row) => ({
      id: row.id,
      host: row.host,
      pid: row.pid,
      version: row.version,
      url: row.url,
      capacity: row.capacity,
      usedCapacity: row.used_capacity,
      activeCalls: row.active_calls,
      latenessP99Ms: row.lateness_p99_ms,
      cpuCores: row.cpu_cores,
      refusal: row.refusal,
      startedAt: row.started_at,
      seenAt: row.seen_at,
      refusalSince: row.refusal_since,
      drain: row.drain,
    }));
  }
}
