import { describe, expect, it } from 'vitest';
import type { NodeDrain, NodeId, NodeRefusal, NodeRegistry, NodeReport } from '#domain';
import { silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import { Heartbeat } from './heartbeat.ts';
import type { NodeStatus } from './node-status.ts';

const BEAT_MS = 2_000;

async function setup() {
  const time = new VirtualTime();
  const told: unknown[] = [];
  const written: NodeReport[] = [];
  const asked: (NodeDrain | null)[] = [];
  const node: {
    refusal: NodeRefusal | null;
    url: string | null;
    isRegistryAway: boolean;
    drain: NodeDrain | null;
  } = {
    drain: null,
    refusal: null,
    url: null,
    isRegistryAway: false,
  };
  const registry: Pick<NodeRegistry, 'heartbeat' | 'removeNode'> = {
    heartbeat: (report) => {
      if (node.isRegistryAway) return Promise.reject(new Error('the database is away'));
      written.push(report);
      return Promise.resolve(node.drain);
    },
    removeNode: () => Promise.resolve(),
  };
  const status: Pick<NodeStatus, 'report'> = {
    report: () => ({
      capacity: 10,
      usedCapacity: 0,
      activeCalls: 0,
      latenessP99Ms: 0,
      cpuCores: 0,
      refusal: node.refusal,
    }),
  };
  const heartbeat = new Heartbeat({
    node: 'node_1' as NodeId,
    host: 'one.test',
    pid: 1,
    version: '1.0.0',
    url: () => node.url,
    registry,
    status,
    onAsked: (drain) => void asked.push(drain),
    timers: time,
    logger: {
      ...silentLogger,
      info: (event, fields) => void told.push(fields === undefined ? [event] : [event, fields]),
    },
  });
  await heartbeat.start();
  return { time, told, written, node, heartbeat, asked };
}

describe('the heartbeat of a node', () => {
  it('tells once when the node takes no calls any more, why, and when it takes them again', async () => {
    const { time, told, node, written } = await setup();
    const refusals = [null, 'full', 'full', 'late', 'late', null, null] as const;

    for (const refusal of refusals) {
      node.refusal = refusal;
      time.advance(BEAT_MS);
    }

    expect(told).toEqual([
      ['node.takes_no_calls', { reason: 'full' }],
      ['node.takes_no_calls', { reason: 'late' }],
      ['node.takes_calls'],
    ]);
    expect(written.slice(1).map(({ refusal }) => refusal)).toEqual(refusals);
  });

  it('tells where the node is reached, once that is known', async () => {
    const { time, node, written } = await setup();

    node.url = 'http://10.0.0.7:4000';
    time.advance(BEAT_MS);

    expect(written.map(({ url }) => url)).toEqual([null, 'http://10.0.0.7:4000']);
  });

  it('hears at every beat what an operator asks of the node', async () => {
    const { time, node, asked } = await setup();

    for (const drain of ['drain', 'handOver', null] as const) {
      node.drain = drain;
      time.advance(BEAT_MS);
      await Promise.resolve();
    }

    expect(asked).toEqual([null, 'drain', 'handOver', null]);
  });

  it('tells so while nobody can write it down', async () => {
    const { time, told, node, written } = await setup();
    node.isRegistryAway = true;
    node.refusal = 'full';

    time.advance(2 * BEAT_MS);

    expect(told).toEqual([['node.takes_no_calls', { reason: 'full' }]]);
    expect(written).toHaveLength(1);
  });
});
