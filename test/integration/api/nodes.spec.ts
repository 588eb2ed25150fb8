import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodePageSchema } from '#contracts';
import { IdFactory } from '#domain';
import { systemRandom } from '#foundation';
import { openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const ids = new IdFactory(() => Date.UTC(2026, 0, 1), systemRandom);
const report = (fields = {}) => ({
  id: ids.nodeId(),
  host: 'studio',
  pid: 4711,
  version: '1.2.3',
  url: null,
  capacity: 145,
  usedCapacity: 2.15,
  activeCalls: 2,
  latenessP99Ms: 3.25,
  cpuCores: 0.12345,
  refusal: null,
  ...fields,
});

let world: ApiWorld;
let cut: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
  const away = () => Promise.reject(new Error('away'));
  const nodes = { heartbeat: away, removeNode: away, listNodes: away, askToDrain: away };
  cut = await openWorld({ parts: { nodes } });
});
afterAll(async () => {
  await world.close();
  await cut.close();
});

describe('GET /v1/nodes', () => {
  it('tells what each node carries, how it fares, and why it takes no calls', async () => {
    const open = report();
    const late = report({ latenessP99Ms: 80, cpuCores: 0.95, refusal: 'late' });
    await world.store.nodes.heartbeat(open);
    await world.store.nodes.heartbeat(late);

    const answer = await world.as.get('/v1/nodes').expect(200);

    const page = nodePageSchema.parse(answer.body);
    expect(answer.body).toEqual(page);
    const [first, second] = [open, late].map(({ id }) => page.items.find((one) => one.id === id));
    expect(page.items).toHaveLength(2);
    expect(first).toMatchObject({
      host: 'studio',
      pid: 4711,
      version: '1.2.3',
      activeCalls: 2,
      capacity: 145,
      usedCapacity: 2.15,
      load: { latenessP99Ms: 3.25, cpuCores: 0.123 },
      admission: { takesCalls: true, reason: null },
    });
    expect(second?.admission).toMatchObject({ takesCalls: false, reason: 'late' });
    expect(Date.parse(second?.admission.since ?? '')).not.toBeNaN();
    const ready = await world.bare.get('/readyz').expect(200);
    expect(ready.body).toMatchObject({ ready: true, nodes: { running: 2, takingCalls: 1 } });
  });

  it('leaves the API ready when nobody takes calls or the list cannot be had', async () => {
    for (const { id } of await world.store.nodes.listNodes()) {
      await world.store.nodes.heartbeat(report({ id, refusal: 'full' }));
    }

    const full = await world.bare.get('/readyz').expect(200);
    const unknown = await cut.bare.get('/readyz').expect(200);

    expect(full.body).toMatchObject({ ready: true, nodes: { running: 2, takingCalls: 0 } });
    expect(unknown.body).toMatchObject({ ready: true, nodes: null });
  });
});
