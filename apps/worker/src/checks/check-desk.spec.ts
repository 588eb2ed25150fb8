import { describe, expect, it } from 'vitest';
import type { TargetAttempt } from '#domain';
import type { RtmpTarget } from '#protocol/rtmp';
import { CheckDesk } from './check-desk.ts';

const GOOD: TargetAttempt = { steps: [], failure: null, enhancedRtmp: null };
const BODY = {
  url: 'rtmp://live.example.org/app',
  streamKey: 'key',
  credentials: 'studio:p%40ss',
  sampleRate: 48_000,
};

function setup() {
  const targets: RtmpTarget[] = [];
  const waiting: ((attempt: TargetAttempt) => void)[] = [];
  const desk = new CheckDesk({
    attempt: (target) => {
      targets.push(target);
      return new Promise((resolve) => waiting.push(resolve));
    },
  });
  const ask = (body: unknown) =>
    desk.route.handle(
      { params: {}, body, signal: new AbortController().signal },
      undefined as never,
    );
  return { targets, waiting, ask };
}

describe('the checks of a node', () => {
  it('try what they are asked for, login included', async () => {
    const { targets, waiting, ask } = setup();

    const answer = ask(BODY);
    waiting[0]?.(GOOD);

    expect(await answer).toEqual({ status: 200, body: GOOD });
    expect(targets[0]).toMatchObject({ host: 'live.example.org', app: 'app' });
    expect(targets[0]?.credentials?.password.reveal()).toBe('p@ss');
  });

  it('tell what is no target', async () => {
    const { ask } = setup();

    expect(await ask({ ...BODY, url: 'rtmp:///' })).toMatchObject({
      status: 200,
      body: { failure: { code: 'RTMP_REFUSED' } },
    });
    expect(await ask({ url: 'x' })).toMatchObject({ status: 400 });
  });

  it('are four at the same time', async () => {
    const { waiting, ask } = setup();
    const busy = [1, 2, 3, 4].map(() => ask(BODY));

    expect(await ask(BODY)).toMatchObject({ status: 429 });
    for (const finish of waiting) finish(GOOD);
    await Promise.all(busy);
    const next = ask(BODY);
    waiting[4]?.(GOOD);

    expect(await next).toMatchObject({ status: 200 });
  });
});
