import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord, CallState, NodeId } from '#domain';
import { API_KEY, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

/** What the pages of WCS 5 send: texts only, from another origin, without a key. */
const FORM = {
  callId: 'page-call',
  callee: 'room',
  hasAudio: 'true',
  hasVideo: 'false',
  sipLogin: 'login',
  sipAuthenticationName: 'login',
  sipPassword: 'password',
  sipPort: '5060',
  sipDomain: 'sip.example.com',
  sipOutboundProxy: 'sip.example.com',
  appKey: 'defaultApp',
  sipRegisterRequired: 'false',
};
const URL_OF_PAGE = 'rtmp://live.example.com:1935/live';
const NODE = 'node_00000000000000000000000001' as NodeId;

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await world.forgetCalls();
});
afterAll(async () => {
  await world.close();
});

const post = (method: string, body: object) =>
  world.bare
    .post(`/rest-api/${method}`)
    .set('origin', 'http://pages.example')
    .set('content-type', 'application/json')
    .send(JSON.stringify(body));

async function live(callId: string): Promise<CallRecord> {
  const call = await world.store.registry.findLiveCall(callId);
  if (call === null) throw new Error(`no call ${callId}`);
  return call;
}

/** Moves a call as a worker would. */
async function moveTo(callId: string, states: readonly CallState[]): Promise<void> {
  await world.store.ledger.claim((await live(callId)).id, 0, NODE);
  for (const state of states) {
    const { id, epoch, version, state: from } = await live(callId);
    const transitions = [{ machine: 'call', from, to: state, event: 'rang' } as const];
    const change = { callId: id, epoch, version, transitions, outputs: new Map(), events: [] };
    expect(await world.store.ledger.commit({ ...change, call: { state } })).toBe(true);
  }
}

describe('the page that dials into an RTMP stream (sip-as-rtmp-3)', () => {
  const START = { ...FORM, rtmpUrl: URL_OF_PAGE, rtmpStream: 'stream' };

  it('starts a call, follows it by find, and hears of its end by an error', async () => {
    const started = await post('call/startup', START).expect(200);
    const fresh = await post('call/find', { callId: 'page-call' }).expect(200);
    await moveTo('page-call', ['dialing', 'ringing', 'up']);
    const established = await post('call/find', { callId: 'page-call' }).expect(200);
    const ended = await post('call/terminate', { callId: 'page-call' }).expect(200);
    const { id, version } = await live('page-call');
    await world.store.ledger.commit({
      ...{ callId: id, epoch: 1, version, transitions: [], outputs: new Map(), events: [] },
      call: { state: 'ended' },
    });
    await post('call/find', { callId: 'page-call' }).expect(404);
    await post('call/find_all', {}).expect(404);

    expect([started.text, ended.text]).toEqual(['', '']);
    expect(started.headers['content-type']).toBeUndefined();
    expect(started.headers['access-control-allow-origin']).toBe('*');
    expect(fresh.body).toMatchObject([{ callId: 'page-call', status: 'NEW' }]);
    expect(established.body).toMatchObject([
      {
        ...{ callId: 'page-call', status: 'ESTABLISHED', appKey: 'defaultApp', caller: 'login' },
        ...{ callee: 'room', rtmpUrl: URL_OF_PAGE, hasAudio: true, hasVideo: false },
      },
    ]);
  });

  it('finds calls by what it names, and none by what does not fit', async () => {
    await post('call/startup', START).expect(200);
    const other = { ...START, callId: 'other', callee: 'lobby', rtmpStream: 'other-stream' };
    await post('call/startup', other).expect(200);
    const found = async (filter: object) => {
      const { body } = await post('call/find', filter);
      return Array.isArray(body) ? body.map(({ callId }: { callId: string }) => callId) : [];
    };

    expect(await found({ callee: 'lobby' })).toEqual(['other']);
    expect(await found({ status: 'NEW' })).toEqual(['other', 'page-call']);
    expect(await found({ status: 'ESTABLISHED' })).toEqual([]);
    expect(await found({ rtmpUrl: URL_OF_PAGE, callee: 'room' })).toEqual(['page-call']);
    expect(await found({ callId: 'other', callee: 'room' })).toEqual([]);
    expect(await found({ appKey: 'another' })).toEqual([]);
  });

  it.each([
    ['the same callId', { rtmpStream: 'another' }],
    ['the same stream at the same server', { callId: 'another', toStream: 'another' }],
    ['the same name of what it brings', { callId: 'b', toStream: 'page-call', rtmpStream: 'b' }],
  ])('is refused %s with 409', async (_, change) => {
    await post('call/startup', START).expect(200);

    await post('call/startup', { ...START, ...change }).expect(409);
  });

  it('is told which of its fields is wrong', async () => {
    const answer = await post('call/startup', { ...START, sipDomain: '127.0.0.1' }).expect(422);
    const without = await post('call/startup', { ...START, rtmpStream: '' }).expect(400);

    expect(answer.body).toMatchObject({ code: 'TARGET_REFUSED', errors: [{ path: 'callee' }] });
    expect(without.body).toMatchObject({ errors: [{ path: 'rtmpStream' }] });
  });

  it('may send keys only into an answered call', async () => {
    await post('call/startup', START).expect(200);
    const keys = { callId: 'page-call', dtmf: '1', type: 'RFC2833' };

    await post('call/send_dtmf', keys).expect(409);
    await post('call/send_dtmf', { ...keys, callId: 'nobody' }).expect(404);
  });
});

describe('the page that pushes a stream while the call lives (sip-as-rtmp-2)', () => {
  const START = { ...FORM, toStream: 'show' };
  const PUSH = { streamName: 'show', rtmpUrl: URL_OF_PAGE, options: {} };

  it('starts a call that is on air nowhere, pushes it, polls with the prefix of old, and ends the push', async () => {
    await post('call/startup', START).expect(200);
    const { outputs: none, spec } = await live('page-call');
    const pushed = await post('push/startup', PUSH).expect(200);
    const polled = await post('push/find', { streamName: 'rtmp_show', rtmpUrl: URL_OF_PAGE });
    const all = await post('push/find_all', {}).expect(200);
    const { mediaSessionId } = pushed.body as { mediaSessionId: string };
    const ended = await post('push/terminate', { mediaSessionId }).expect(200);
    await post('push/find', { streamName: 'rtmp_show', rtmpUrl: URL_OF_PAGE }).expect(404);
    await post('push/terminate', { mediaSessionId }).expect(404);
    await post('call/terminate', { callId: 'page-call' }).expect(200);

    expect(none).toEqual([]);
    expect(spec).toMatchObject({ mayBeOffAir: true, wcs: { toStream: 'show' } });
    const push = { mediaSessionId, streamName: 'show', rtmpUrl: URL_OF_PAGE, muted: false };
    expect(pushed.body).toMatchObject(push);
    expect(polled.body).toMatchObject([push]);
    expect(all.body).toMatchObject([push]);
    expect(ended.text).toBe('');
  });

  it('pushes to any number of servers, each once', async () => {
    await post('call/startup', START).expect(200);
    await post('push/startup', PUSH).expect(200);
    const second = { ...PUSH, rtmpUrl: 'rtmp://other.example.com/live' };
    await post('push/startup', second).expect(200);

    const again = await post('push/startup', second).expect(409);

    expect(again.body).toMatchObject({ code: 'TARGET_IN_USE' });
    const { body } = await post('push/find', { streamName: 'show' }).expect(200);
    expect(body).toHaveLength(2);
  });

  it('begins with silence if it likes, and is heard and muted by the name of the push', async () => {
    await post('call/startup', START).expect(200);
    const silent = { ...PUSH, options: { action: 'mute' } };
    const pushed = await post('push/startup', silent).expect(200);
    const { mediaSessionId } = pushed.body as { mediaSessionId: string };
    const isMuted = async () => [(await live('page-call')).muted, await shownMuted()];
    const shownMuted = async () => {
      const { body } = await post('push/find', { mediaSessionId }).expect(200);
      return (body as { muted: boolean }[])[0]?.muted;
    };
    const begun = await isMuted();

    const heard = await post('push/unmute', { mediaSessionId }).expect(200);
    const afterUnmute = await isMuted();
    await post('push/mute', { mediaSessionId }).expect(200);
    const afterMute = await isMuted();
    await post('push/unmute', { mediaSessionId }).expect(200);
    const second = await post('push/startup', {
      ...silent,
      rtmpUrl: 'rtmp://other.example.com/live',
    }).expect(400);
    await post('push/mute', { mediaSessionId: 'out_none' }).expect(404);

    expect(pushed.body).toMatchObject({ muted: true });
    expect(heard.text).toBe('');
    expect([begun, afterUnmute, afterMute]).toEqual([
      [true, true],
      [false, false],
      [true, true],
    ]);
    expect(second.body).toMatchObject({ errors: [{ path: 'options.action' }] });
  });

  it('may give the whole URL, and finds a call by its callId too', async () => {
    await post('call/startup', { ...FORM, rtmpUrl: URL_OF_PAGE, rtmpStream: 'first' }).expect(200);

    const { body } = await post('push/startup', {
      streamName: 'page-call',
      rtmpUrl: 'rtmp://other.example.com/live/key-at-the-end',
      rtmpTransponderFullUrl: true,
    }).expect(200);

    expect(body).toMatchObject({ rtmpUrl: 'rtmp://other.example.com/live' });
    const { outputs } = await live('page-call');
    expect(outputs.map(({ maskedKey }) => maskedKey)).toEqual(['…', 'key…nd']);
  });

  it.each([
    ['no such stream', { streamName: 'nobody' }, 404, 'CALL_NOT_FOUND'],
    ['no URL', { rtmpUrl: '' }, 400, 'REQUEST_INVALID'],
    ['a private server', { rtmpUrl: 'rtmp://10.0.0.1/live' }, 422, 'TARGET_REFUSED'],
    ['a sound', { options: { action: 'sound_on' } }, 400, 'REQUEST_INVALID'],
  ])('is refused: %s', async (_, change, status, code) => {
    await post('call/startup', START).expect(200);

    const answer = await post('push/startup', { ...PUSH, ...change }).expect(status);

    expect(answer.body).toMatchObject({ code });
  });
});

describe('the dialect', () => {
  it('answers the question of a browser for all its methods', async () => {
    const answer = await world.bare.options('/rest-api/push/startup').expect(204);

    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
  });

  it('names what is pushed as the setting says', async () => {
    const prefixed = await openWorld({ settings: { wcsStreamPrefix: 'rtmp_' } });
    const ask = (method: string, body: object) =>
      prefixed.bare.post(`/rest-api/${method}`).send(body);
    await ask('call/startup', { ...FORM, toStream: 'show' }).expect(200);

    const pushed = await ask('push/startup', { streamName: 'show', rtmpUrl: URL_OF_PAGE });

    expect(pushed.body).toMatchObject({ streamName: 'rtmp_show' });
    await prefixed.close();
  });

  it('asks for a key where the setting says so, and judges one that is sent', async () => {
    const closed = await openWorld({ settings: { wcsOpen: 'off' } });
    const body = { ...FORM, toStream: 'show' };

    await closed.bare.post('/rest-api/call/startup').send(body).expect(401);
    await closed.bare
      .post('/rest-api/call/startup')
      .set('authorization', `Bearer ${API_KEY}`)
      .send(body)
      .expect(200);
    const wrong = await world.bare
      .post('/rest-api/call/startup')
      .set('authorization', 'Bearer wrong-key-0123456789')
      .send(body);

    expect(wrong.status).toBe(401);
    await closed.close();
  });
});
