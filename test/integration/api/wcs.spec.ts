import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import type { CallRecord, CallState, NodeId } from '#domain';
import { openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

/** The body of the original article, letter by letter. */
const ARTICLE =
  '{"callId":"R2fhkll5Sw3lK","callee":"mytwiliodomain.sip.twilio.com","rtmpUrl":"rtmp://my_wowza_server.com:1935/live","rtmpStream":"streamName","hasAudio":"true","hasVideo":"true","connection":{"sipLogin":"myusername","sipPassword":"MyPasswordPassword1","sipAuthenticationName":"myusername","sipDomain":"mytwiliodomain.sip.twilio.com","sipPort":"5060","sipRegisterRequired":"false","appKey":"callApp"}}';

/** What the page of 2015 sends to every method: its whole form. */
const FORM = {
  callId: 'form-call',
  callee: 'test',
  rtmpUrl: 'rtmp://live.example.com:1935/live',
  rtmpStream: 'form-stream',
  hasAudio: 'false',
  hasVideo: 'false',
  connection: {
    sipLogin: 'login',
    sipAuthenticationName: 'login',
    sipPassword: 'password',
    sipDomain: 'sip.example.com',
    sipOutboundProxy: 'sip.example.com',
    sipPort: '5060',
    sipRegisterRequired: 'false',
    appKey: 'callApp',
  },
};
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

const post = (method: string, body: object | string, type = 'application/json') =>
  world.bare
    .post(`/RESTCall/${method}`)
    .set('content-type', type)
    .send(typeof body === 'string' ? body : JSON.stringify(body));

async function placed(callId: string): Promise<CallRecord> {
  const call = await world.store.registry.findLiveCall(callId);
  if (call === null) throw new Error(`no call ${callId}`);
  return call;
}

/** Moves a call as a worker would. */
async function moveTo(callId: string, states: readonly CallState[]): Promise<void> {
  const call = await placed(callId);
  await world.store.ledger.claim(call.id, 0, NODE);
  for (const state of states) {
    const { id, epoch, version, state: from } = await placed(callId);
    const isDone = await world.store.ledger.commit({
      callId: id,
      epoch,
      version,
      transitions: [{ machine: 'call', from, to: state, event: 'rang' }],
      call: { state },
      outputs: new Map(),
      events: [],
    });
    expect(isDone).toBe(true);
  }
}

describe('POST /RESTCall/call', () => {
  it('takes the request of the article as it is', async () => {
    const answer = await post('call', ARTICLE).expect(200);

    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBeUndefined();
    const call = await placed('R2fhkll5Sw3lK');
    expect(call).toMatchObject({ appKey: 'callApp', state: 'queued' });
    expect(call.spec).toMatchObject({
      to: 'sip:mytwiliodomain.sip.twilio.com:5060',
      from: { user: 'myusername', domain: 'mytwiliodomain.sip.twilio.com' },
      auth: { username: 'myusername' },
      media: { direction: 'sendrecv' },
      wcs: { callee: 'mytwiliodomain.sip.twilio.com', hasAudio: true, hasVideo: true },
    });
    expect(call.outputs).toMatchObject([{ url: 'rtmp://my_wowza_server.com:1935/live' }]);
    expect(world.queue.jobs).toEqual([{ callId: call.id, epoch: 0, priority: 0 }]);
  });

  it('hands the secrets of the article to the worker alone', async () => {
    await post('call', ARTICLE).expect(200);
    const call = await placed('R2fhkll5Sw3lK');

    const claimed = await world.store.ledger.claim(call.id, 0, NODE);

    const [output] = call.outputs;
    expect(claimed?.secrets.sipPassword?.reveal()).toBe('MyPasswordPassword1');
    expect(output && claimed?.secrets.streamKeys.get(output.id)?.reveal()).toBe('streamName');
  });

  it('takes the form of the page, real booleans and numbers, and unknown fields', async () => {
    const body = {
      ...FORM,
      hasAudio: true,
      toStream: 'x',
      connection: { ...FORM.connection, sipPort: 5070, sipRegisterRequired: false, urlServer: 'x' },
    };

    await post('call', body).expect(200);

    const { spec } = await placed('form-call');
    expect(spec).toMatchObject({
      to: 'sip:test@sip.example.com:5070',
      outboundProxy: 'sip:sip.example.com:5070',
      media: { direction: 'sendrecv' },
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'text/json; charset=UTF-8'])(
    'reads JSON of type %s',
    async (type) => {
      await post('call', FORM, type).expect(200);
    },
  );

  it('reads JSON without a type', async () => {
    const answer = await fetch(`${world.wcsUrl}/RESTCall/call`, {
      method: 'POST',
      body: Buffer.from(JSON.stringify(FORM)),
    });

    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  it.each([
    ['the same callId', { rtmpStream: 'another' }, 'CALL_ID_IN_USE'],
    ['the same stream', { callId: 'another' }, 'TARGET_IN_USE'],
  ])('refuses %s with 409', async (_, change, code) => {
    await post('call', FORM).expect(200);

    const answer = await post('call', { ...FORM, ...change }).expect(409);

    expect(problemSchema.parse(answer.body).code).toBe(code);
  });

  it('cannot register without a password', async () => {
    const connection = { ...FORM.connection, sipRegisterRequired: 'true', sipPassword: '' };

    const answer = await post('call', { ...FORM, connection }).expect(400);

    expect(answer.body.errors).toEqual([
      {
        path: 'connection.sipPassword',
        message: 'is needed to register',
      },
    ]);
  });

  it.each([
    ['rtmpUrl', { ...FORM, rtmpUrl: 'rtmp://10.0.0.1/live' }],
    ['callee', { ...FORM, callee: 'sip:x@127.0.0.1' }],
    [
      'connection.sipOutboundProxy',
      { ...FORM, connection: { ...FORM.connection, sipOutboundProxy: '192.168.1.1' } },
    ],
  ])('refuses a private address and calls it %s', async (path, body) => {
    const answer = await post('call', body).expect(422);

    expect(answer.body).toMatchObject({ code: 'TARGET_REFUSED', errors: [{ path }] });
  });

  it.each(['callId', 'callee', 'rtmpUrl', 'rtmpStream', 'connection'])(
    'refuses a request without %s',
    async (name) => {
      const answer = await post('call', { ...FORM, [name]: undefined }).expect(400);

      expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path: name }] });
    },
  );

  const POISONS = ['\r\nX-Evil: 1', '%0d%0aX', '%0D%0A', '\u0000', '\n', '\u007f', '\ud800'];
  const QUOTING = ['"', '<', '>', '\\'];
  const TOP = ['callId', 'callee', 'rtmpUrl', 'rtmpStream', 'visibleName'];
  const NESTED = [
    'sipLogin',
    'sipAuthenticationName',
    'sipPassword',
    'sipDomain',
    'sipOutboundProxy',
    'appKey',
    'visibleName',
  ];
  const STORED = new Set(['rtmpUrl', 'rtmpStream', 'sipPassword', 'appKey']);
  const poisonsOf = (name: string) => (STORED.has(name) ? POISONS : [...POISONS, ...QUOTING]);
  const poisoned = [
    ...TOP.flatMap((name) => poisonsOf(name).map((poison) => ({ path: name, poison }))),
    ...NESTED.flatMap((name) =>
      poisonsOf(name).map((poison) => ({ path: `connection.${name}`, poison })),
    ),
  ];

  it('refuses whatever could break out of a header, in every field', async () => {
    for (const { path, poison } of poisoned) {
      const body = structuredClone(FORM) as Record<string, unknown>;
      const parent = (path.includes('.') ? body['connection'] : body) as Record<string, string>;
      const name = path.split('.').at(-1) ?? '';
      parent[name] = `${parent[name] ?? 'x'}${poison}x`;

      const answer = await post('call', body);

      expect({ path, poison, status: answer.status }).toEqual({ path, poison, status: 400 });
      expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path }] });
      expect(answer.text).not.toContain('X-Evil');
    }
    expect(world.queue.jobs).toEqual([]);
  });
});

describe('POST /RESTCall/getStatus', () => {
  it.each([
    { states: [], word: 'PENDING' },
    { states: ['dialing'], word: 'TRYING' },
    { states: ['dialing', 'ringing'], word: 'RING' },
    { states: ['dialing', 'earlyMedia'], word: 'SESSION_PROGRESS' },
    { states: ['dialing', 'up'], word: 'ESTABLISHED' },
    { states: ['dialing', 'up', 'held'], word: 'HOLD' },
    { states: ['dialing', 'up', 'ending'], word: 'FINISH' },
  ] as const)('answers the bare word $word', async ({ states, word }) => {
    await post('call', FORM).expect(200);
    await moveTo('form-call', states);

    const answer = await post('getStatus', { callId: 'form-call' }).expect(200);

    expect(answer.text).toBe(word);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
  });

  it('answers NEW to the whole form of the page, on the port it knows', async () => {
    await post('call', FORM).expect(200);

    const answer = await fetch(`${world.wcsUrl}/RESTCall/getStatus`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(FORM),
    });

    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('NEW');
  });

  it('answers 404 for a call that is finished, or never was', async () => {
    await post('call', FORM).expect(200);
    await post('hangup', FORM).expect(200);

    const finished = await post('getStatus', { callId: 'form-call' }).expect(404);
    const unknown = await post('getStatus', { callId: 'never' }).expect(404);

    expect(problemSchema.parse(finished.body).code).toBe('CALL_NOT_FOUND');
    expect(problemSchema.parse(unknown.body).code).toBe('CALL_NOT_FOUND');
  });

  it('refuses a request without a callId', async () => {
    const answer = await post('getStatus', {}).expect(400);

    expect(answer.body.errors).toMatchObject([{ path: 'callId' }]);
  });
});

describe('POST /RESTCall/getCalls', () => {
  it('answers 404 when there is none', async () => {
    await post('getCalls', {}).expect(404);
  });

  it('answers every live call, with real booleans and null for what is not set', async () => {
    await post('call', ARTICLE).expect(200);
    await post('call', FORM).expect(200);
    await post('hangup', { callId: 'form-call' }).expect(200);

    const answer = await post('getCalls', '').expect(200);

    const call = await placed('R2fhkll5Sw3lK');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toEqual([
      {
        custom: {},
        nodeId: null,
        appKey: 'callApp',
        sessionId: call.id,
        callId: 'R2fhkll5Sw3lK',
        parentCallId: null,
        incoming: false,
        status: 'NEW',
        sipStatus: 0,
        rtmpUrl: 'rtmp://my_wowza_server.com:1935/live',
        rtmpStream: 'str…me',
        streamName: null,
        rtmpStreamStatus: 'NEW',
        caller: 'myusername',
        callee: 'mytwiliodomain.sip.twilio.com',
        hasAudio: true,
        hasVideo: true,
        sdp: null,
        visibleName: null,
        inviteParameters: null,
        mediaProvider: null,
        sipMessageRaw: null,
        isMsrp: false,
        target: null,
        holdForTransfer: false,
      },
    ]);
  });

  it('shows calls that came over the other dialect', async () => {
    const outputs = [{ url: 'rtmp://live.example.com/live', streamKey: 'key' }];
    await world.as.post('/v1/calls').send({ to: 'sip:a@sip.example.com', outputs }).expect(202);

    const answer = await post('getCalls', {}).expect(200);

    expect(answer.body).toMatchObject([
      { appKey: 'default', callee: 'sip:a@sip.example.com', caller: null, hasAudio: false },
    ]);
  });
});

describe('POST /RESTCall/hangup', () => {
  it('takes a call off with an empty, untyped answer', async () => {
    await post('call', FORM).expect(200);

    const answer = await post('hangup', FORM).expect(200);

    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBeUndefined();
    expect(await world.store.registry.findLiveCall('form-call')).toBeNull();
  });

  it('asks the owner of a running call, as often as the page likes', async () => {
    await post('call', FORM).expect(200);
    await moveTo('form-call', ['dialing', 'up']);

    await post('hangup', FORM).expect(200);
    await post('hangup', FORM).expect(200);

    expect(await world.store.ledger.pendingCommands(NODE)).toHaveLength(1);
  });

  it('answers 404 when there is no such call', async () => {
    await post('hangup', { callId: 'never' }).expect(404);
  });
});

describe('POST /RESTCall/sendDTMF', () => {
  it('asks the owner of an answered call, with an empty, untyped answer', async () => {
    await post('call', FORM).expect(200);
    await moveTo('form-call', ['dialing', 'up']);

    const answer = await post('sendDTMF', { ...FORM, dtmf: '12#', type: 'INFO_RELAY' }).expect(200);
    await post('sendDTMF', { ...FORM, dtmf: '3', type: 'RFC2833' }).expect(200);

    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBeUndefined();
    const commands = await world.store.ledger.pendingCommands(NODE);
    const orders = commands.map((command) =>
      command.type === 'dtmf' ? [command.order.keys.reveal(), command.order.method] : [],
    );
    expect(orders).toEqual([
      ['12#', 'info'],
      ['3', undefined],
    ]);
  });

  it('refuses what are no keys, a call that rings, and one that is not there', async () => {
    await post('call', FORM).expect(200);

    await post('sendDTMF', { callId: 'form-call', dtmf: 'x' }).expect(400);
    await post('sendDTMF', { callId: 'form-call', dtmf: '1' }).expect(409);
    await post('sendDTMF', { callId: 'never', dtmf: '1' }).expect(404);
  });
});

describe('a page of another origin', () => {
  it('is let in by the browser, before and after', async () => {
    const asked = await world.bare
      .options('/RESTCall/call')
      .set('origin', 'http://page.example.com')
      .set('access-control-request-method', 'POST')
      .set('access-control-request-headers', 'content-type')
      .expect(204);
    const done = await post('getStatus', { callId: 'never' }).set('origin', 'http://x.example.com');

    expect(asked.headers['access-control-allow-origin']).toBe('*');
    expect(asked.headers['access-control-allow-methods']).toContain('POST');
    expect(asked.headers['access-control-allow-headers']).toContain('content-type');
    expect(done.status).toBe(404);
    expect(done.headers['access-control-allow-origin']).toBe('*');
  });

  it('can read why it is refused', async () => {
    const answer = await post('getCalls', {}).set('x-forwarded-for', '203.0.113.9').expect(401);

    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('cannot use the rest of the API', async () => {
    const answer = await world.as.get('/v1/calls').set('origin', 'http://page.example.com');

    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('is only let in from the origin that is set', async () => {
    const other = await openWorld({ settings: { wcsOrigin: 'https://studio.example.com' } });
    try {
      const answer = await other.bare.post('/RESTCall/getCalls').send({});

      expect(answer.headers['access-control-allow-origin']).toBe('https://studio.example.com');
      expect(answer.headers['vary']).toBe('Origin');
    } finally {
      await other.close();
    }
  });
});
