import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SippCallee } from '#testkit';
import { until } from '../support/until.ts';
import { soundsOf, untilHeard } from './support/recording.ts';
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

  it('do what a call is told wherever it runs: silence, sound, another node, each once', async () => {
    const toneHz = 700;
    const callee = await stage.callee({ media: { path: await stage.tone(toneHz, 120) } });
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'told' }],
    });
    const { node: first } = await stage.untilLive(id);
    const tell = async (command: string): Promise<number> =>
      (await stage.request('POST', `/v1/calls/${id}/${command}`, {})).status;
    const recording = (): string => stage.recordingsOf('told').at(-1) ?? '';
    const soundsAs = (...tones: readonly number[]): Promise<void> =>
      untilHeard(recording, (samples) => {
        const heard = soundsOf(samples, [toneHz]).filter(({ seconds }) => seconds > 0.4);
        return heard.map((sound) => sound.toneHz).join() === tones.join();
      });

    await soundsAs(toneHz);
    const muted = await tell('mute');
    const whileMuted = await stage.call(id);
    await soundsAs(toneHz, 0);
    const unmuted = await tell('unmute');
    await soundsAs(toneHz, 0, toneHz);
    const moved = await tell('transfer');
    const after = await stage.until(id, (call) => call.node !== first && call.broadcast === 'live');
    const gone = (await stage.hangUp(id), await stage.untilEnded(id));
    const late = await tell('mute');
    const ladder = await stage.untilSip(id, 12);

    expect([muted, unmuted, moved, late]).toEqual([200, 200, 200, 409]);
    expect(whileMuted.muted).toBe(true);
    expect(after).toMatchObject({ epoch: 2, muted: false });
    expect(gone.verdict).toMatchObject({ code: 'CALL_HUNG_UP' });
    const types = await stage.eventTypes(id);
    for (const type of ['call.muted', 'call.unmuted', 'call.transferred', 'call.ended']) {
      expect(types.filter((each) => each === type)).toEqual([type]);
    }
    expect(byesOf(callee)).toHaveLength(2);
    const told = ladder.map(({ epoch, summary }) => `${epoch} ${summary.split(' ')[0] ?? ''}`);
    const whole = ['INVITE', '180', '200', 'ACK', 'BYE', '200'];
    expect(told).toEqual([1, 2].flatMap((epoch) => whole.map((word) => `${epoch} ${word}`)));
  });

  it('call through a trunk no faster and no more at once than it allows, both together', async () => {
    const callees = await Promise.all(Array.from({ length: 4 }, () => stage.callee()));
    const limits = { maxCallsPerSecond: 2, maxChannels: 3 };
    const trunk = { name: 'paced', domain: '127.0.0.1', username: 'studio', ...limits };
    expect((await stage.request('POST', '/v1/trunks', trunk)).status).toBe(201);

    const placed = await Promise.all(
      callees.map((callee, index) =>
        stage.place({
          to: callee.uri(),
          trunk: 'paced',
          outputs: [{ url: stage.rtmpUrl, streamKey: `paced-${index}` }],
        }),
      ),
    );
    const isUp = async ({ id }: { id: string }) => (await stage.call(id)).state === 'up';
    const upOf = async () => (await Promise.all(placed.map(isUp))).filter(Boolean).length;
    await expect.poll(upOf, { timeout: 20_000 }).toBe(3);
    const waiting = await Promise.all(placed.map(async ({ id }) => await stage.call(id)));
    await Promise.all(placed.map(({ id }) => stage.until(id, ({ state }) => state !== 'dialing')));
    const queued = waiting.find(({ state }) => state === 'queued')?.id ?? '';
    const up = waiting.find(({ state }) => state === 'up')?.id ?? '';

    await stage.hangUp(up);
    await stage.until(queued, ({ state }) => state === 'up');

    const dialed = await Promise.all(placed.map(({ id }) => atOf(id, 'call.dialing')));
    const gaps = dialed.sort((a, b) => a - b).map((at, index) => at - (dialed[index - 1] ?? 0));
    // INVITEs leave when they are told of, or a moment later.
    expect(Math.min(...gaps.slice(1))).toBeGreaterThan(450);
    expect(await atOf(queued, 'call.dialing')).toBeGreaterThan(await atOf(up, 'call.ending'));
    expect(await stage.eventTypes(queued)).toContain('call.waiting_for_trunk');
    const live = placed.filter(({ id }) => id !== up);
    await Promise.all(live.map(({ id }) => stage.hangUp(id)));
    await Promise.all(placed.map(({ id }) => stage.untilEnded(id)));
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

  async function atOf(id: string, type: string): Promise<number> {
    const event = (await stage.events(id)).find((each) => each.type === type);
    return Date.parse(event?.at ?? '');
  }

  async function lastPublishing(id: string): Promise<number> {
    const events = await stage.events(id);
    const last = events.filter((event) => event.type === 'output.publishing').at(-1);
    return Date.parse(last?.at ?? '');
  }
});
