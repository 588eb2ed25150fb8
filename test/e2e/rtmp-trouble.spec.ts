import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '#adapters/services-local';
import type { OutputView, Problem } from '#contracts';
import { judge } from './support/recording.ts';
import { Stage } from './support/stage.ts';

describe('the RTMP server', () => {
  let stage: Stage;
  const foreign: ChildProcess[] = [];

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    for (const child of foreign) child.kill('SIGKILL');
    await stage.close();
  });

  it('is absent: the leg stays up, attempts go on, and their next time can be seen', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(400, 60) } });
    const port = await findFreePort();

    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: `rtmp://127.0.0.1:${port}/live`, streamKey: 'absent' }],
    });
    const call = await stage.until(id, ({ outputs }) => (outputs[0]?.attempts ?? 0) >= 3);

    expect(call.state).toBe('up');
    expect(call.broadcast).toBe('waiting');
    const retrying = await stage.until(id, ({ outputs }) => outputs[0]?.state === 'retrying');
    expect(retrying.outputs[0]?.error?.code).toBe('RTMP_UNREACHABLE');
    expect(Date.parse(retrying.outputs[0]?.nextRetryAt ?? '')).not.toBeNaN();
    await stage.hangUp(id);
    expect((await stage.untilEnded(id)).verdict?.code).toBe('CALL_HUNG_UP');
  });

  it('refuses a name that somebody else publishes: the call fails and says so', async () => {
    const other = spawn(
      'ffmpeg',
      [
        ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'sine=frequency=300:sample_rate=44100'],
        ...['-c:a', 'aac', '-f', 'flv', stage.rtmp.rtmpUrl('live', 'taken')],
      ],
      { stdio: 'ignore' },
    );
    foreign.push(other);
    await once(other, 'spawn');
    const isPublishing = async (): Promise<boolean> => {
      const stat = await fetch(`http://127.0.0.1:${stage.rtmp.httpStatPort}/stat`);
      return (await stat.text()).includes('<name>taken</name>');
    };
    const callee = await stage.callee({ media: { path: await stage.tone(400, 60) } });
    await expect.poll(isPublishing, { timeout: 20_000 }).toBe(true);

    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'taken' }],
    });
    const call = await stage.untilEnded(id, 30_000);

    expect(call.verdict).toMatchObject({ code: 'RTMP_KEY_IN_USE', fault: 'destination' });
    expect(call.outputs[0]).toMatchObject({ state: 'failed', attempts: 3 });
    expect(callee.messages()).toContain('BYE sip:');
  });

  it('joins a call that lives, beside one that is away, and stays when the first one is left', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(600, 60) } });
    const absent = `rtmp://127.0.0.1:${await findFreePort()}/live`;
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [
        { url: stage.rtmpUrl, streamKey: 'early' },
        { url: absent, streamKey: 'away', retry: { maxAttempts: 3 } },
      ],
    });
    const [early] = (await stage.untilLive(id)).outputs;
    const path = `/v1/calls/${id}/outputs`;
    const stateOf = async (outputId: string): Promise<string | undefined> =>
      (await stage.call(id)).outputs.find((output) => output.id === outputId)?.state;
    const isRecorded = (key: string, seconds: number) => async (): Promise<boolean> => {
      const [recording = ''] = stage.recordingsOf(key);
      const { durationSec } = await judge(recording).catch(() => ({ durationSec: 0 }));
      return durationSec >= seconds;
    };

    const added = await stage.request<OutputView>('POST', path, { url: `${stage.rtmpUrl}/joined` });
    const again = await stage.request<Problem>('POST', path, { url: `${stage.rtmpUrl}/joined` });
    await expect.poll(() => stateOf(added.body.id), { timeout: 10_000 }).toBe('publishing');
    await expect.poll(isRecorded('joined', 1), { timeout: 10_000, interval: 300 }).toBe(true);
    const removed = await stage.request<OutputView>('DELETE', `${path}/${early?.id ?? ''}`);
    await expect.poll(isRecorded('joined', 3), { timeout: 10_000, interval: 300 }).toBe(true);
    const live = await stage.call(id);
    await stage.hangUp(id);
    await stage.untilEnded(id);

    expect([added.status, again.status, removed.status]).toEqual([201, 409, 200]);
    expect(again.body.code).toBe('TARGET_IN_USE');
    expect(removed.body.state).toBe('closed');
    expect(live.outputs.map(({ state }) => state)).toEqual(['closed', 'failed', 'publishing']);
    expect(live).toMatchObject({ state: 'up', broadcast: 'live' });
    const [joined = ''] = stage.recordingsOf('joined');
    const found = await judge(joined);
    expect(Math.abs(found.toneHz - 600)).toBeLessThanOrEqual(5);
    expect(found).toMatchObject({ backwardSteps: 0, complaints: '' });
    expect(found.largestGapMs).toBeLessThan(100);
    expect(found.audio).toMatchObject({ codec: 'aac' });
    expect(stage.recordingsOf('joined')).toHaveLength(1);
  });

  it('restarts in mid-call: the stream comes back, the SIP leg never notices', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(800, 60) } });
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'returning' }],
    });
    await stage.untilLive(id);

    await stage.rtmp.restart(1_000);
    const isBack = async (): Promise<number> =>
      (await stage.eventTypes(id)).filter((type) => type === 'output.publishing').length;
    await expect.poll(isBack, { timeout: 30_000 }).toBe(2);
    await expect.poll(() => stage.recordingsOf('returning').length, { timeout: 10_000 }).toBe(2);
    const publishedAgain = Date.now();
    await stage.until(id, () => Date.now() - publishedAgain > 3_000);
    await stage.hangUp(id);
    const call = await stage.untilEnded(id);

    expect(call.verdict?.code).toBe('CALL_HUNG_UP');
    const invites = callee.messages().match(/^INVITE sip:/gm) ?? [];
    expect(invites).toHaveLength(1);
    const found = await judge(stage.recordingsOf('returning')[1] ?? '');
    expect(Math.abs(found.toneHz - 800)).toBeLessThanOrEqual(5);
    expect(found.backwardSteps).toBe(0);
  });
});
