import { describe, expect, it } from 'vitest';
import {
  REQUEST,
  Recorder,
  connected,
  dialerWorld,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('a call that fails', () => {
  it.each([
    ['486 Busy Here', {}, 'SIP_BUSY', '486 Busy Here'],
    ['404 Not Found', {}, 'SIP_NOT_FOUND', '404 Not Found'],
    ['503 Service Unavailable', {}, 'SIP_PROVIDER_DOWN', '503 Service Unavailable'],
    [
      '503 Service Unavailable',
      { isLocal: true },
      'SIP_UNREACHABLE',
      '503 Service Unavailable; there is no route to the SIP address, or it refuses connections',
    ],
    ['407 Proxy Authentication Required', {}, 'SIP_AUTH_REFUSED', /no credentials were given/],
    [
      '603 Decline',
      { headers: ['X-Twilio-Error: 32203 Blocked', 'Reason: Q.850;cause=21'] },
      'SIP_DECLINED',
      '603 Decline; X-Twilio-Error: 32203 Blocked; reason: Q.850;cause=21 (call rejected)',
    ],
  ])('with %s %j ends with %s', async (status, response, code, detail) => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, { status, ...response });
    await observer.until('ended');

    expect(observer.code).toBe(code);
    expect(observer.detail).toMatch(detail);
  });

  it('because the server does not send it, says why', async () => {
    const world = await connected();
    const observer = new Recorder();

    world.dialer.dial(REQUEST, observer);
    world.server.refuse(await world.server.next('INVITE'), 'requested protocol not available');
    await observer.until('ended');

    expect(observer.heard).toEqual(['ended']);
    expect(observer.code).toBe('SIP_UNREACHABLE');
    expect(observer.detail).toContain('requested protocol not available');
  });

  it('before any connection fails at once, after dial has returned', async () => {
    const { dialer } = await dialerWorld();
    const observer = new Recorder();

    dialer.dial(REQUEST, observer);
    const duringDial = observer.heard.length;
    await observer.until('ended');

    expect(duringDial).toBe(0);
    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });
});
