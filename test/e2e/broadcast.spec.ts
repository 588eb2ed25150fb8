import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, loudestShare } from './support/recording.ts';
import { Stage } from './support/stage.ts';

describe('a call on air', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  it('is challenged, answered, published and hung up; what was played is what was recorded', async () => {
    const callee = await stage.callee({
      digest: { user: 'me', password: 'right' },
      media: { path: await stage.tone(700, 40) },
      behaviour: { type: 'answer', ringMs: 100 },
    });
    const { id } = await stage.place({
      to: callee.uri(),
      auth: { username: 'me', password: 'right' },
      outputs: [{ url: stage.rtmpUrl, streamKey: 'challenged' }],
    });
    await stage.untilLive(id);
    await stage.until(id, (call) => Date.now() - Date.parse(call.answeredAt ?? '') > 16_000);

    const figures = await stage.stats(id);
    const metrics = await stage.workerMetrics('worker-1');
    const ready = await fetch(`${stage.runtime.workers['worker-1'] ?? ''}/readyz`);
    expect(await stage.hangUp(id)).toBe(202);
    const ended = await stage.untilEnded(id);
    const last = await stage.stats(id);
    const ladder = await stage.untilSip(id, 8);

    expect(figures).toMatchObject({ isFinal: false, audio: { codec: 'PCMU', lost: 0 } });
    expect(figures.audio.packets).toBeGreaterThan(600);
    expect(figures.audio.jitterMs).toBeLessThan(20);
    expect(figures.audio.levelDbfs).toBeGreaterThan(-20);
    expect(figures.audio.mos).toBeGreaterThan(4);
    expect(figures.outputs[0]?.bytes).toBeGreaterThan(80_000);
    const counted = /^callcast_rtp_packets_total\{.*codec="PCMU".*\} (\d+)/m.exec(metrics)?.[1];
    expect(Number(counted)).toBeGreaterThanOrEqual(figures.audio.packets);
    expect(await ready.json()).toEqual({ ready: true, missing: [], refusal: null });
    expect(last.isFinal).toBe(true);
    expect(last.audio.packets).toBeGreaterThanOrEqual(figures.audio.packets);
    expect(await stage.eventTypes(id)).toEqual([
      'call.queued',
      'call.claimed',
      'call.dialing',
      'call.ringing',
      'call.answered',
      'output.connecting',
      'output.publishing',
      'call.ending',
      'output.closed',
      'call.ended',
    ]);
    expect(ended.verdict).toMatchObject({ result: 'completed', code: 'CALL_HUNG_UP' });
    expect(ended.outputs[0]).toMatchObject({ state: 'closed', attempts: 1 });
    expect(ladder.map(({ direction, summary }) => `${direction} ${summary}`)).toEqual([
      `out INVITE ${callee.uri()}`,
      'in 407 Proxy Authentication Required',
      `out INVITE ${callee.uri()}`,
      'in 180 Ringing',
      'in 200 OK',
      expect.stringMatching(/^out ACK sip:/),
      expect.stringMatching(/^out BYE sip:/),
      'in 200 OK',
    ]);
    expect(ladder[2]?.text).toMatch(
      /^Proxy-Authorization: Digest username=\*{3}, realm="[^"]+", nonce=\*{3}, .*response=\*{3}/m,
    );
    expect(ladder[4]?.text).toContain('m=audio ');
    const times = ladder.map((message) => Date.parse(message.at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(callee.messages()).toContain('407 Proxy Authentication Required');
    expect(callee.errors()).toBe('');

    const [recording = ''] = stage.recordingsOf('challenged');
    const found = await judge(recording);
    expect(found.audio).toMatchObject({
      codec: 'aac',
      profile: 'LC',
      sampleRate: 44100,
      channels: 1,
    });
    expect(found.complaints).toBe('');
    expect(found.backwardSteps).toBe(0);
    expect(found.largestGapMs).toBeLessThan(30);
    expect(Math.abs(found.toneHz - 700)).toBeLessThanOrEqual(5);
    expect(found.toneShare).toBeGreaterThan(0.95);
    // From the answer to the hang-up: the events say when both were.
    const events = await stage.events(id);
    const at = (type: string): number =>
      Date.parse(events.find((event) => event.type === type)?.at ?? '');
    const callSec = (at('call.ending') - at('output.publishing')) / 1000;
    expect(Math.abs(found.durationSec - callSec) / callSec).toBeLessThan(0.02);
  });

  it('goes over TCP when the address asks for it, and speaks A-law', async () => {
    const callee = await stage.callee({
      transport: 'tcp',
      media: { path: await stage.tone(500, 10, 'PCMA'), codec: 'PCMA' },
    });
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'over-tcp' }],
      media: { direction: 'sendrecv' },
    });
    await stage.untilLive(id);
    await stage.until(id, (call) => Date.now() - Date.parse(call.answeredAt ?? '') > 3_000);
    await stage.hangUp(id);
    await stage.untilEnded(id);

    const found = await judge(stage.recordingsOf('over-tcp')[0] ?? '');
    expect(Math.abs(found.toneHz - 500)).toBeLessThanOrEqual(5);
    expect(found.toneShare).toBeGreaterThan(0.95);
    expect(callee.messages()).toContain('SIP/2.0/TCP');
  });

  it('keeps twenty calls apart, each with its own tone', async () => {
    const tones = Array.from({ length: 20 }, (_, index) => 300 + index * 120);
    const callees = await Promise.all(
      tones.map(async (hz) => stage.callee({ media: { path: await stage.tone(hz, 30) } })),
    );

    const calls = await Promise.all(
      callees.map((callee, index) =>
        stage.place({
          to: callee.uri(),
          outputs: [{ url: stage.rtmpUrl, streamKey: `many-${tones[index] ?? 0}` }],
        }),
      ),
    );
    await Promise.all(calls.map(({ id }) => stage.untilLive(id, 30_000)));
    await Promise.all(
      calls.map(({ id }) =>
        stage.until(id, (call) => Date.now() - Date.parse(call.answeredAt ?? '') > 5_000),
      ),
    );
    await Promise.all(calls.map(({ id }) => stage.hangUp(id)));
    await Promise.all(calls.map(({ id }) => stage.untilEnded(id)));

    for (const hz of tones) {
      const found = await judge(stage.recordingsOf(`many-${hz}`)[0] ?? '');
      // Twenty senders jitter here, and the delay is corrected by speed: how clean a tone is, others judge.
      expect(Math.abs(found.toneHz - hz), `${hz} Hz`).toBeLessThanOrEqual(1 + hz * 0.005);
      expect(found.toneShare, `${hz} Hz alone`).toBeGreaterThan(0.85);
      expect(found.backwardSteps).toBe(0);
      const neighbours = tones.filter((other) => other !== hz);
      const heard = neighbours.filter((other) => loudestShare(found.samples, other) > 0.1);
      expect(heard, `others heard on ${hz} Hz`).toEqual([]);
    }
  });
});
