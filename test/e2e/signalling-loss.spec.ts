import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { Stage } from './support/stage.ts';

/** How soon a lost signalling server has to be noticed: the dialer's own specs show that in virtual time. */
const NOTICED_MS = 5000;
/** What the way from the notice to our view of the call may take on a busy machine. */
const SEEN_MS = 3000;

describe('a call whose signalling server', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  it('is frozen is put back within 5 s, and dialled again when the server goes on', async () => {
    const { id, callee } = await liveCall('frozen');
    const pid = signallingPid();
    const frozenAt = performance.now();
    process.kill(pid, 'SIGSTOP');
    let noticedMs: number;
    try {
      await stage.until(id, (call) => call.epoch > 1 || call.broadcast !== 'live', 10_000);
      noticedMs = performance.now() - frozenAt;
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const call = await stage.until(id, ({ epoch, broadcast }) => epoch > 1 && broadcast === 'live');
    console.log(
      `a frozen signalling server was noticed after ${Math.round(noticedMs)} ms, ` +
        `the call was on air again ${Math.round(performance.now() - frozenAt)} ms after the freeze`,
    );

    expect(noticedMs).toBeLessThan(NOTICED_MS + SEEN_MS);
    expect(call.epoch).toBe(2);
    expect(signallingPid()).toBe(pid);
    // The server has kept the first dialog: it is hung up, and only the second is left.
    const byes = (): number => callee.messages().match(/^BYE sip:/gm)?.length ?? 0;
    await until(() => byes() > 0, 'the BYE of the first dialog');
    expect(byes()).toBe(1);
    await end(id);
  });

  it('is killed is put back at once, and dialled again through the restarted one', async () => {
    const { id } = await liveCall('killed');
    const pid = signallingPid();
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');

    await stage.until(id, (call) => call.epoch > 1 || call.broadcast !== 'live', 10_000);
    const noticedMs = performance.now() - killedAt;
    await stage.until(id, ({ epoch, broadcast }) => epoch > 1 && broadcast === 'live');
    console.log(
      `a killed signalling server was noticed after ${Math.round(noticedMs)} ms, ` +
        `the call was on air again after ${Math.round(performance.now() - killedAt)} ms`,
    );

    expect(noticedMs).toBeLessThan(NOTICED_MS);
    expect(signallingPid()).not.toBe(pid);
    await end(id);
  });

  function signallingPid(): number {
    const pid = stage.runtime.pids['signaling'];
    if (pid === undefined) throw new Error('there is no signalling server');
    return pid;
  }

  async function liveCall(streamKey: string) {
    const callee = await stage.callee({ media: { path: await stage.tone(600, 120) } });
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey }],
    });
    await stage.untilLive(id);
    return { id, callee };
  }

  /** One end, by our command. */
  async function end(id: string): Promise<void> {
    await stage.hangUp(id);
    const call = await stage.untilEnded(id);
    const ends = (await stage.eventTypes(id)).filter((type) => type === 'call.ended');
    expect(call.verdict?.code).toBe('CALL_HUNG_UP');
    expect(ends).toHaveLength(1);
  }
});
