import { SeededRandom } from '#testkit';
import { describe, expect, it } from 'vitest';
import { createCallSchema } from '#contracts';
import { IdFactory, isCallId } from '#domain';
import { newCallOf } from './new-call.ts';

const context = {
  ids: new IdFactory(() => Date.UTC(2026, 0, 1), new SeededRandom(1)),
  appKey: 'default',
};
const request = (change: object = {}) =>
  createCallSchema.parse({
    to: 'sip:room@sip.example.com:5070',
    outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key' }],
    ...change,
  });

describe('a new call', () => {
  it('has an id of its own, and is named by it unless the client names it', () => {
    const nameless = newCallOf(request(), context);
    const named = newCallOf(request({ callId: 'mine' }), context);

    expect(isCallId(nameless.id)).toBe(true);
    expect(nameless.callId).toBe(nameless.id);
    expect(named.callId).toBe('mine');
  });

  it.each([
    { name: 'nothing', change: {}, from: { domain: 'sip.example.com' }, auth: undefined },
    {
      name: 'an account',
      change: { auth: { username: 'u', password: 'p' } },
      from: { user: 'u', domain: 'sip.example.com' },
      auth: { username: 'u' },
    },
    {
      name: 'an account with another name for the digest',
      change: { auth: { username: 'u', password: 'p', authUsername: 'd' } },
      from: { user: 'u', domain: 'sip.example.com' },
      auth: { username: 'd' },
    },
    {
      name: 'a From of its own',
      change: {
        from: { user: 'f', domain: 'x.example.com', displayName: 'F' },
        auth: { username: 'u', password: 'p' },
      },
      from: { user: 'f', domain: 'x.example.com', displayName: 'F' },
      auth: { username: 'u' },
    },
    {
      name: 'an IPv6 callee',
      change: { to: 'sip:[2001:db8::1]' },
      from: { domain: '[2001:db8::1]' },
      auth: undefined,
    },
  ])('says who it is, given $name', ({ change, from, auth }) => {
    const { spec } = newCallOf(request(change), context);

    expect(spec.from).toEqual(from);
    expect(spec.auth).toEqual(auth);
  });

  it.each([
    [{}, undefined],
    [{ register: true, to: 'sip:a@sip.example.com' }, 'sip:sip.example.com'],
    [
      { register: true, to: 'sips:a@sip.example.com:5070;user=phone;transport=tcp;x=y' },
      'sips:sip.example.com:5070;transport=tcp',
    ],
    [{ register: true, to: 'sip:a@SIP.example.com:5070' }, 'sip:SIP.example.com:5070'],
    [
      { register: true, to: 'sip:a@b.example.com:5070', from: { domain: 'c.example.com' } },
      'sip:c.example.com',
    ],
    [{ register: true, registrar: 'sip:reg.example.com:5062' }, 'sip:reg.example.com:5062'],
  ])('with %j is registered at %s', (change, registrar) => {
    const auth = { username: 'u', password: 'p' };

    expect(newCallOf(request({ auth, ...change }), context).spec.registrar).toBe(registrar);
  });

  it('keeps secrets apart from what may be shown', () => {
    const call = newCallOf(
      request({
        auth: { username: 'u', password: 'hunter2' },
        outputs: [{ url: 'rtmp://me:swordfish@Live.Example.com/live/', streamKey: 'open-sesame' }],
      }),
      context,
    );

    const [output] = call.outputs;
    expect(call.sipPassword?.reveal()).toBe('hunter2');
    expect(output?.streamKey.reveal()).toBe('open-sesame');
    expect(output?.urlCredentials?.reveal()).toBe('me:swordfish');
    expect(output?.url).toBe('rtmp://live.example.com/live');
    expect(JSON.stringify(call)).not.toMatch(/hunter2|swordfish|open-sesame/);
  });

  it.each([
    ['rtmp://live.example.com:1935/live', 'rtmp://live.example.com:1935/live', null],
    ['RTMP://Live.Example.COM/Live', 'rtmp://live.example.com/Live', null],
    ['rtmps://b.example.com:443/live2?backup=1', 'rtmps://b.example.com:443/live2?backup=1', null],
    ['rtmp://user@live.example.com/app/instance', 'rtmp://live.example.com/app/instance', 'user:'],
    ['rtmp://:pass@live.example.com/live', 'rtmp://live.example.com/live', ':pass'],
    ['rtmp://u%40x:p%3Aq@live.example.com/live', 'rtmp://live.example.com/live', 'u%40x:p%3Aq'],
  ])('stores %s as %s', (url, stored, credentials) => {
    const call = newCallOf(request({ outputs: [{ url, streamKey: 'key' }] }), context);

    expect(call.outputs[0]?.url).toBe(stored);
    expect(call.outputs[0]?.urlCredentials?.reveal() ?? null).toBe(credentials);
  });

  it.each(['token=x', 'a=1&Password=x', 'st_key=x', 'sig=x', 'hmac=x', 'auth=x'])(
    'refuses a query that holds a secret: ?%s',
    (query) => {
      const outputs = [{ url: `rtmp://live.example.com/live?${query}`, streamKey: 'key' }];

      expect(() => newCallOf(request({ outputs }), context)).toThrow(
        'REQUEST_INVALID: outputs.0.url must not hold a secret',
      );
    },
  );

  it('refuses one target twice', () => {
    const outputs = [
      { url: 'rtmp://live.example.com/live', streamKey: 'key' },
      { url: 'rtmp://live.example.com/live', streamKey: 'other' },
      { url: 'rtmp://LIVE.example.com/live/', streamKey: 'key' },
    ];

    expect(() => newCallOf(request({ outputs }), context)).toThrow('outputs.2 repeats outputs.0');
  });
});
