import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SippCalleeOptions } from '#testkit';
import { Stage } from './support/stage.ts';

describe('a call ends', () => {
  let stage: Stage;
  let keys = 0;

  beforeAll(async () => {
    // Silence must not keep those who wait for a process from hearing that it is ready.
    stage = await Stage.open({ settings: { CALLCAST_LOG_LEVEL: 'silent' } });
  });

  afterAll(async () => {
    await stage.close();
  });

  const output = (): { url: string; streamKey: string } => ({
    url: stage.rtmpUrl,
    streamKey: `end-${keys++}`,
  });

  it('when the callee hangs up', async () => {
    const callee = await stage.callee({
      media: { path: await stage.tone(400, 20) },
      behaviour: { type: 'answer', hangUpAfterMs: 1_500 },
    });

    const { id } = await stage.place({ to: callee.uri(), outputs: [output()] });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({
      result: 'completed',
      code: 'CALL_PEER_LEFT',
      fault: 'callee',
    });
    const terminal = (await stage.eventTypes(id)).filter((type) => type === 'call.ended');
    expect(terminal).toHaveLength(1);
    expect(callee.errors()).toBe('');
  });

  it('when it is taken off while it rings', async () => {
    const callee = await stage.callee({ behaviour: { type: 'ringForever' } });
    const { id } = await stage.place({ to: callee.uri(), outputs: [output()] });
    await stage.until(id, (call) => call.state === 'ringing');

    await stage.hangUp(id);
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({ result: 'canceled', code: 'CALL_CANCELED' });
    expect(callee.messages()).toContain('CANCEL sip:');
    expect(callee.errors()).toBe('');
  });

  it('once only: a second hang-up is refused', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(400, 20) } });
    const { id } = await stage.place({ to: callee.uri(), outputs: [output()] });
    await stage.untilLive(id);

    expect(await stage.hangUp(id)).toBe(202);
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({ result: 'completed', code: 'CALL_HUNG_UP' });
    expect(await stage.hangUp(id)).toBe(409);
    expect(callee.messages()).toContain('BYE sip:');
  });

  const refusals: readonly (readonly [string, number, string, string])[] = [
    ['busy', 486, 'Busy Here', 'SIP_BUSY'],
    ['not found', 404, 'Not Found', 'SIP_NOT_FOUND'],
    ['out of service', 503, 'Service Unavailable', 'SIP_PROVIDER_DOWN'],
    ['incompatible', 488, 'Not Acceptable Here', 'SIP_INCOMPATIBLE'],
  ];

  it.each(refusals)(
    'with its own verdict when the callee is %s (%i)',
    async (_, status, reason, code) => {
      const callee = await stage.callee({ behaviour: { type: 'reject', status, reason } });

      const { id } = await stage.place({ to: callee.uri(), outputs: [output()] });
      const call = await stage.untilEnded(id);

      expect(call.verdict).toMatchObject({ result: 'failed', code });
      expect(call.verdict?.detail).toContain(String(status));
    },
  );

  it('after the last try of its policy, and begins at its time', async () => {
    const callee = await stage.callee({
      behaviour: { type: 'reject', status: 486, reason: 'Busy Here' },
    });
    const startAt = new Date(Date.now() + 1_500).toISOString();
    const redial = { attempts: 1, backoffSeconds: [1] };

    const placed = { to: callee.uri(), outputs: [output()], startAt, redial };
    const { id } = await stage.place(placed);
    const call = await stage.untilEnded(id);

    expect(call).toMatchObject({ startAt, redials: 1, redial: { attempts: 1 } });
    expect(call.verdict).toMatchObject({ code: 'SIP_BUSY', sipStatus: 486 });
    const events = await stage.events(id);
    const told = events.map(({ type }) => type);
    const dials = events.filter(({ type }) => type === 'call.dialing');
    expect(dials).toHaveLength(2);
    expect(Date.parse(dials[0]?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(startAt));
    expect(told.filter((type) => type === 'call.redial_planned')).toHaveLength(1);
    expect(told.filter((type) => type === 'call.ended')).toHaveLength(1);
    const callIds = callee.messages().matchAll(/^Call-ID: *(\S+)/gim);
    expect(new Set([...callIds].map(([, callId]) => callId)).size).toBe(2);
  });

  it('with what the callee says about its refusal; and the callee has heard who calls', async () => {
    const callee = await stage.callee({
      behaviour: {
        type: 'reject',
        status: 603,
        reason: 'Decline',
        headers: [
          'X-Twilio-Error: 32203 Blocked',
          'Reason: Q.850;cause=21;text="not today"',
          'Retry-After: 30',
        ],
      },
    });

    const { id } = await stage.place({
      to: callee.uri(),
      from: { user: 'studio', displayName: 'Studio 1' },
      headers: { 'X-Show': 'news', Subject: 'on air' },
      outputs: [output()],
    });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toEqual({
      result: 'failed',
      code: 'SIP_DECLINED',
      title: 'The callee declined the call (403, 603, 607, 608).',
      fault: 'callee',
      sipStatus: 603,
      detail:
        '603 Decline; X-Twilio-Error: 32203 Blocked; ' +
        'reason: Q.850;cause=21;text="not today" (call rejected); retry-after: 30',
    });
    expect(callee.messages()).toMatch(/^From: "Studio 1" <sip:studio@127\.0\.0\.1>;tag=/m);
    expect(callee.messages()).toMatch(/^X-Show: news\r?$/m);
    expect(callee.messages()).toMatch(/^Subject: on air\r?$/m);
  });

  it('where a redirect has led it', async () => {
    const there = await stage.callee({
      media: { path: await stage.tone(400, 20) },
      behaviour: { type: 'answer', hangUpAfterMs: 500 },
    });
    const here = await stage.callee({
      behaviour: {
        type: 'reject',
        status: 302,
        reason: 'Moved Temporarily',
        headers: [`Contact: <sip:x@192.0.2.1>;q=1, <${there.uri()}>;q=0.5`],
      },
    });

    const { id } = await stage.place({ to: here.uri(), outputs: [output()] });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({ result: 'completed', code: 'CALL_PEER_LEFT' });
    expect(here.errors() + there.errors()).toBe('');
  });

  it('when nobody answers in time', async () => {
    const callee = await stage.callee({ behaviour: { type: 'ringForever' } });

    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [output()],
      limits: { ringSeconds: 2 },
    });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({
      result: 'failed',
      code: 'SIP_NO_ANSWER',
      fault: 'callee',
    });
    expect(callee.messages()).toContain('487 Request Terminated');
  });

  it('when the password is wrong', async () => {
    const options: SippCalleeOptions = { digest: { user: 'me', password: 'right' } };
    const callee = await stage.callee(options);

    const { id } = await stage.place({
      to: callee.uri(),
      auth: { username: 'me', password: 'wrong' },
      outputs: [output()],
    });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({
      result: 'failed',
      code: 'SIP_AUTH_REFUSED',
      fault: 'client',
    });
  });

  it('when there is no route', async () => {
    const { id } = await stage.place({ to: 'sip:nobody@127.0.0.1:9', outputs: [output()] });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({
      result: 'failed',
      code: 'SIP_UNREACHABLE',
      fault: 'carrier',
    });
  });

  it('when it has lasted as long as it may', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(400, 20) } });

    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [output()],
      limits: { maxSeconds: 2 },
    });
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({ result: 'completed', code: 'CALL_MAX_DURATION' });
    expect(callee.messages()).toContain('BYE sip:');
  });
});
