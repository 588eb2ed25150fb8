import type { NodeId } from '../ids.ts';
import type { Refusal } from './admission.ts';

/** Why a node takes no call: its load, or that it is on its way out or has nobody who signals for it. */
export type NodeRefusal = Refusal | 'draining' | 'signallingLost';

/** What an operator asks of a node: to take no calls, or to give those that it has to others besides. */
export type NodeDrain = 'drain' | 'handOver';

/** What a node tells of itself. */
export interface NodeReport {
  readonly id: NodeId;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Where the API reaches its HTTP server; null for nowhere. */
  readonly url: string | null;
  /** In cost units: calls of the plainest kind. */
  readonly capacity: number;
  /** Cost units of the calls that it has. */
  readonly usedCapacity: number;
  readonly activeCalls: number;
  /** How late its beats were in the last seconds. */
  readonly latenessP99Ms: number;
  /** Processor time it used in the last seconds: 1 is a whole core. */
  readonly cpuCores: number;
  /** Null while it takes calls. */
  readonly refusal: NodeRefusal | null;
}

/** A node in the list. Times are of the store's clock. */
export interface NodeRecord extends NodeReport {
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** Since when it takes calls, or takes none for this reason. */
  readonly refusalSince: Date;
  /** What is asked of it; null for nothing. */
  readonly drain: NodeDrain | null;
}

/** Keeps the list of nodes. */
export interface NodeRegistry {
  /** @returns What is asked of the node. */
  heartbeat(node: NodeReport): Promise<NodeDrain | null>;
  /** Asks something of a node, or no longer; false when it was not heard of in the last 15 s. */
  askToDrain(id: NodeId, drain: NodeDrain | null): Promise<boolean>;
  removeNode(id: NodeId): Promise<void>;
  /** Nodes heard of in the last 15 s. */
  listNodes(): Promise<readonly NodeRecord[]>;
}
