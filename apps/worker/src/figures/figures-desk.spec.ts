import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { CallId, CallStats, NodeId, OutputId } from '#domain';
import { silentLogger } from '#foundation';
import { FakeFigures, VirtualTime, callStats } from '#testkit';
import type { RosterSession } from '../calls/call-roster.ts';
import { CallMetrics } from './call-metrics.ts';
import { FiguresDesk } from './figures-desk.ts';

const NODE = 'node_1' as NodeId;
const OUTPUT = 'out_1' as OutputId;

type ToldSession = Pick<RosterSession, 'id' | 'epoch' | 'stats'>;

class FakeCall implements ToldSession {
  epoch = 1;
  now: CallStats | undefined = callStats();

  constructor(readonly id: CallId) {}

  stats = (): CallStats | undefined => this.now;
}

async function setup(count = 1) {
  const time = new VirtualTime();
  const sender = new FakeFigures();
  const registry = new Registry();
  const calls = Array.from(
    { length: count },
    (_, index) => new FakeCall(`call_${index}` as CallId),
  );
  const roster = { sessions: calls as unknown as RosterSession[] };
  const metrics = new CallMetrics(registry);
  const told: unknown[] = [];
  const logger = { ...silentLogger, error: (event: string) => void told.push(event) };
  const desk = new FiguresDesk({ node: NODE, roster, sender, metrics, timers: time, logger });
  await desk.start();
  const [call] = calls;
  if (call === undefined) throw new Error('there is a call');
  const text = () => registry.metrics();
  return { time, sender, calls, call, desk, text, told };
}

const output = (bytes: number, droppedTags = 0) => ({
  outputs: [
    {
      ...{ id: OUTPUT, reconnects: 0, bytes, tags: 10, droppedTags },
      ...{ queuedBytes: 0, queuedMs: 0, isCongested: false, audioCodec: 'aac' as const },
    },
  ],
});

describe('the desk of figures', () => {
  it('tells the figures of all calls with media once a second, with epoch and node', async () => {
    const { time, sender, calls } = await setup(3);
    calls.forEach((call, index) => (call.now = index === 1 ? undefined : callStats()));

    time.advance(3_000);

    expect(sender.sent).toHaveLength(3);
    expect(sender.sent[0]?.map(({ callId, epoch, node }) => [callId, epoch, node])).toEqual([
      ['call_0', 1, NODE],
      ['call_2', 1, NODE],
    ]);
  });

  it('goes on with the figures of all others when those of one call are broken, and says so once', async () => {
    const { time, sender, calls, call, text, told } = await setup(3);
    call.stats = () => {
      throw new Error('the figures are broken');
    };

    time.advance(3_000);

    expect(sender.sent.map((figures) => figures.map(({ callId }) => callId))).toEqual(
      Array.from({ length: 3 }, () => calls.slice(1).map(({ id }) => id)),
    );
    expect(await text()).toContain('callcast_media_calls{codec="PCMU"} 2');
    expect(told).toEqual(['call.figures_broken']);
  });

  it('says nothing while it would be lost, without calls, and after its end', async () => {
    const { time, sender, call, desk, text } = await setup();
    sender.isReady = false;
    time.advance(1_000);
    call.now = undefined;
    sender.isReady = true;
    time.advance(1_000);
    call.now = callStats({ packets: 5 });
    await desk.stop();
    time.advance(5_000);

    expect(sender.sent).toEqual([]);
    expect(await text()).not.toContain('callcast_rtp_packets_total{codec="PCMU"} 5');
  });

  it('adds up what each second has brought, by codec, and begins anew with an epoch', async () => {
    const { time, calls, call, text } = await setup(3);
    const [, second, third] = calls;
    call.now = callStats({ packets: 50, lost: 2, concealedMs: 40 }, output(1_000, 3));
    if (second !== undefined) second.now = callStats({ packets: 10, codec: 'opus' });
    if (third !== undefined) third.now = callStats({ packets: 7, codec: 'x-made-up-1' });
    time.advance(1_000);
    // One of the two was only late.
    call.now = callStats({ packets: 101, lost: 1, late: 1, concealedMs: 40 }, output(2_500, 3));
    time.advance(1_000);
    call.now = callStats({ packets: 150, lost: 2, late: 1, concealedMs: 60 }, output(2_600, 4));
    time.advance(1_000);
    call.epoch = 2;
    call.now = callStats({ packets: 25 }, output(100));
    time.advance(1_000);

    const figures = await text();

    expect(figures).toContain('callcast_rtp_packets_total{codec="PCMU"} 175');
    expect(figures).toContain('callcast_rtp_packets_total{codec="opus"} 10');
    expect(figures).toContain('callcast_rtp_packets_total{codec="other"} 7');
    expect(figures).toContain('callcast_rtp_lost_packets_total{codec="PCMU"} 2');
    expect(figures).toContain('callcast_rtp_late_packets_total{codec="PCMU"} 1');
    expect(figures).toContain('callcast_concealed_seconds_total{codec="PCMU"} 0.06');
    expect(figures).toContain('callcast_rtmp_bytes_total 2700');
    expect(figures).toContain('callcast_rtmp_dropped_tags_total 4');
    expect(figures).toContain('callcast_media_calls{codec="PCMU"} 1');
  });

  it('tells packets that were dropped by their reason', async () => {
    const { time, call, text } = await setup();
    const refused = { malformed: 1, unknownPayload: 2, otherSource: 3, otherAddress: 4, srtp: 5 };
    call.now = callStats({}, { refused });

    time.advance(2_000);

    const counts = [...(await text()).matchAll(/refused_packets_total\{reason="(\w+)"\} (\d+)/g)];
    expect(Object.fromEntries(counts.map(([, reason, count]) => [reason, Number(count)]))).toEqual({
      malformed: 1,
      unknown_payload: 2,
      other_source: 3,
      other_address: 4,
      srtp: 5,
    });
  });

  it('observes each call every 10 s, and no score while there is none', async () => {
    const { time, call, text } = await setup();
    call.now = callStats({ jitterMs: 3, mos: 4.38, levelDbfs: -18, bufferMs: 60 });
    time.advance(20_000);
    call.now = callStats({ jitterMs: 3, mos: null, levelDbfs: -18, bufferMs: 60 });
    time.advance(10_000);

    const figures = await text();

    expect(figures).toContain('callcast_jitter_seconds_bucket{le="0.005"} 3');
    expect(figures).toContain('callcast_jitter_seconds_bucket{le="0.0025"} 0');
    expect(figures).toContain('callcast_jitter_buffer_seconds_count 3');
    expect(figures).toContain('callcast_mos_bucket{le="4.4"} 2');
    expect(figures).toContain('callcast_mos_bucket{le="4.3"} 0');
    expect(figures).toContain('callcast_level_dbfs_bucket{le="-15"} 3');
  });

  it('names no call in any label, and keeps nothing of calls that have ended', async () => {
    const { time, calls, text } = await setup(50);
    for (const call of calls) call.now = callStats({ packets: 1 }, output(10));
    time.advance(10_000);
    const busy = await text();
    calls.length = 0;
    time.advance(1_000);

    expect(busy).not.toMatch(/call_\d|out_\d/);
    expect(await text()).not.toMatch(/^callcast_media_calls\{/m);
  });
});
