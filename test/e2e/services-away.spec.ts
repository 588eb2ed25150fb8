import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SippCallee } from '#testkit';
import { freezeService } from '../support/frozen-service.ts';
import { until } from '../support/until.ts';
import { judge, soundsOf } from './support/recording.ts';
import { answer, pause, reinvite, untilBye } from './support/session-script.ts';
import { Stage } from './support/stage.ts';
import { ToneSender } from './support/tone-sender.ts';

const TONE_HZ = 700;
/** From the answer, in milliseconds: when the callee holds and comes back. */
const HOLD_MS = 2_500;
const RESUME_MS = 7_000;

describe('a live call', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  it('stays on air while Redis, and for less than 3 s PostgreSQL, say nothing; after 5 s it is taken off', async () => {
    const { callee, sender } = await holdingCallee();
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'away' }],
    });
    await until(() => /^m=audio/m.test(callee.messages()), 'an INVITE');
    sender.start(Number(/^m=audio (\d+) /m.exec(callee.messages())?.[1]));
    await stage.untilLive(id);

    const thawRedis = frozen('redis');
    await stage.until(id, ({ state }) => state === 'held');
    thawRedis();
    const { answeredAt } = await stage.call(id);
    const sinceAnswer = (): number => Date.now() - Date.parse(answeredAt ?? '');
    await stage.until(id, () => sinceAnswer() > RESUME_MS - 500);
    const thawPostgres = frozen('postgres');
    await until(() => directions(callee).at(-1) === 'recvonly', 'the answer to the resumption');
    const spokenAt = performance.now();
    await until(() => performance.now() - spokenAt > 1_000, 'more of the tone');
    thawPostgres();
    const resumed = await stage.until(id, ({ state }) => state === 'up');
    const types = await stage.eventTypes(id);

    expect(resumed).toMatchObject({ epoch: 1, broadcast: 'live' });
    expect(types.slice(types.indexOf('output.publishing') + 1)).toEqual([
      'call.held',
      'call.resumed',
    ]);

    const frozenAt = performance.now();
    const thawAgain = frozen('postgres');
    await until(() => /^BYE sip:/m.test(callee.messages()), 'a BYE', 15_000);
    const fencedMs = performance.now() - frozenAt;
    thawAgain();
    await stage.until(id, (call) => call.epoch > 1 && call.broadcast === 'live');
    const typesAfter = await stage.eventTypes(id);
    console.log(`PostgreSQL frozen: off the air after ${Math.round(fencedMs)} ms`);
    await stage.hangUp(id);
    await stage.untilEnded(id);

    // The lease was renewed up to 2 s before the freeze, and lasts 5 s.
    expect(fencedMs).toBeGreaterThan(2_900);
    expect(fencedMs).toBeLessThan(7_000);
    expect(typesAfter.filter((type) => type === 'call.failed_over')).toHaveLength(1);
    const [first = ''] = stage.recordingsOf('away');
    const found = await judge(first);
    expect(found.backwardSteps).toBe(0);
    expect(found.largestGapMs).toBeLessThan(100);
    expect(soundsOf(found.samples, [TONE_HZ]).map(({ toneHz }) => toneHz)).toEqual([
      TONE_HZ,
      0,
      TONE_HZ,
    ]);
  });

  async function holdingCallee(): Promise<{ callee: SippCallee; sender: ToneSender }> {
    const sender = await ToneSender.open({ toneHz: TONE_HZ, codec: 'PCMU' });
    onTestFinished(() => sender.close());
    const session = { port: sender.port, codec: 'PCMU' } as const;
    const steps = [
      answer({ version: 1, ...session }),
      pause(HOLD_MS),
      reinvite(101, { version: 2, direction: 'inactive', ...session }),
      pause(RESUME_MS - HOLD_MS),
      reinvite(102, { version: 3, ...session }),
      untilBye,
    ].join('');
    return { callee: await stage.callee({ behaviour: { type: 'script', steps } }), sender };
  }

  function frozen(name: 'redis' | 'postgres'): () => void {
    const pid = stage.runtime.pids[name];
    if (pid === undefined) throw new Error(`no ${name} of our own`);
    const thaw = freezeService(pid);
    onTestFinished(thaw);
    return thaw;
  }
});

/** What the caller has said of its direction, in its offer and its answers. */
const directions = (callee: SippCallee): (string | undefined)[] =>
  [...callee.messages().matchAll(/^a=(recvonly|inactive)\r?$/gm)].map(([, direction]) => direction);
