import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SippCallee } from '#testkit';
import { until } from '../support/until.ts';
import { Stage } from './support/stage.ts';

const CALLS = 8;

/** Every BYE that a callee has got, with its headers. */
const byesOf = (callee: SippCallee | undefined): string[] =>
  callee?.messages().match(/^BYE sip:[^]*?(?:\r?\n){2}/gm) ?? [];

describe('two workers', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open({ workers: 2 });
  });

  afterAll(async () => {
    await stage.close();
  });

  it('share the calls; when one is killed its calls are on air again from the other', async () => {
    const media = { path: await stage.tone(600, 120) };
    const callees = await Promise.all(Array.from({ length: CALLS }, () => stage.callee({ media })));
    const placed = await Promise.all(
      callees.map((callee, index) =>
        stage.place({
          to: callee.uri(),
          outputs: [{ url: stage.rtmpUrl, streamKey: `shared-${index}` }],
        }),
      ),
    );
    const before = await Promise.all(placed.map(({ id }) => stage.untilLive(id, 30_000)));
    const nodes = [...new Set(before.map((call) => call.node))];
    expect(nodes).toHaveLength(2);

    const victims = await lostBy('worker-1');
    const killedAt = Date.now();
    process.kill(stage.runtime.pids['worker-1'] ?? 0, 'SIGKILL');
    const after = await Promise.all(
      victims.map((id) =>
        stage.until(id, (call) => call.epoch > 1 && call.broadcast === 'live', 30_000),
      ),
    );
    const lost = victims.map((id) => callees[placed.findIndex((call) => call.id === id)]);
    for (const callee of lost) {
      await until(() => byesOf(callee).length > 0, 'a BYE to the callee', 15_000);
    }
    const hungUpMs = Date.now() - killedAt;
    const publishing = await Promise.all(victims.map((id) => lastPublishing(id)));
    const slowestMs = Math.max(...publishing) - killedAt;
    console.log(
      `killed a worker with ${victims.length} calls: on air again after ${slowestMs} ms, ` +
        `the old dialogs hung up within ${hungUpMs} ms`,
    );

    expect(victims.length).toBeGreaterThan(0);
    // 6.5 s on a quiet machine; the default of the queue alone would be 50 s.
    expect(slowestMs).toBeLessThan(15_000);
    expect(hungUpMs).toBeLessThan(15_000);
    // By the other node, not by the signalling server when its patience with the lost client ended.
    for (const callee of lost) {
      expect(byesOf(callee)).toEqual([expect.stringMatching(/^Reason:.*text="orphan"/m)]);
    }
    for (const call of after) {
      expect(
        (await stage.eventTypes(call.id)).filter((type) => type === 'call.failed_over'),
      ).toHaveLength(1);
    }
    const untouched = placed.filter(({ id }) => !victims.includes(id));
    for (const { id } of untouched) expect((await stage.call(id)).epoch).toBe(1);

    await Promise.all(placed.map(({ id }) => stage.hangUp(id)));
    for (const { id } of placed) {
      await stage.untilEnded(id);
      const events = await stage.events(id);
      expect(events.filter((event) => event.type === 'call.ended')).toHaveLength(1);
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    }
  });

  it('hand calls over when one is shut down: its legs are hung up, nothing waits for a lease', async () => {
    const media = { path: await stage.tone(500, 120) };
    const callees = await Promise.all([stage.callee({ media }), stage.callee({ media })]);
    const placed = await Promise.all(
      callees.map((callee, index) =>
        stage.place({
          to: callee.uri(),
          outputs: [{ url: stage.rtmpUrl, streamKey: `handed-${index}` }],
        }),
      ),
    );
    await Promise.all(placed.map(({ id }) => stage.untilLive(id, 30_000)));
    const [first = ''] = [...(await lostBy('worker-1')), ...(await lostBy('worker-2'))];
    const [owner = ''] = (await lostBy('worker-1')).includes(first) ? ['worker-1'] : ['worker-2'];
    const handed = await lostBy(owner);

    const stoppedAt = Date.now();
    process.kill(stage.runtime.pids[owner] ?? 0, 'SIGTERM');
    await Promise.all(
      handed.map((id) => stage.until(id, (call) => call.epoch > 1 && call.broadcast === 'live')),
    );
    const publishing = await Promise.all(handed.map((id) => lastPublishing(id)));
    console.log(`handed ${handed.length} calls over in ${Math.max(...publishing) - stoppedAt} ms`);

    for (const id of handed) {
      const callee = callees[placed.findIndex((call) => call.id === id)];
      expect(callee?.messages()).toContain('BYE sip:');
    }
    await Promise.all(placed.map(({ id }) => stage.hangUp(id)));
    for (const { id } of placed) {
      await stage.untilEnded(id);
      const ends = (await stage.eventTypes(id)).filter((type) => type === 'call.ended');
      expect(ends).toHaveLength(1);
    }
  });

  /** The live calls of a worker: its node is known by its process id. */
  async function lostBy(worker: string): Promise<string[]> {
    const pid = stage.runtime.pids[worker];
    const client = new pg.Client(stage.runtime.databaseUrl);
    await client.connect();
    const { rows } = await client.query<{ id: string }>(
      'SELECT calls.id FROM calls JOIN nodes ON nodes.id = calls.node WHERE nodes.pid = $1',
      [pid],
    );
    await client.end();
    return rows.map((row) => row.id);
  }

  async function lastPublishing(id: string): Promise<number> {
    const events = await stage.events(id);
    const last = events.filter((event) => event.type === 'output.publishing').at(-1);
    return Date.parse(last?.at ?? '');
  }
});
