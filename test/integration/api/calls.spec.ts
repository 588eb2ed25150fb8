import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callViewSchema, eventPageSchema } from '#contracts';
import type { CallId, NodeId } from '#domain';
import { Fault, catalogEntry, verdictOfFault } from '#domain';
import { API_KEY, callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const NODE = 'node_00000000000000000000000001' as NodeId;
let count = 0;
/** A name that no other call of this file has. */
const freshName = () => `call-${++count}`;

async function place(body: object = callBody(freshName())) {
  const answer = await world.as.post('/v1/calls').send(body).expect(202);
  return callViewSchema.parse(answer.body);
}

describe('POST /v1/calls', () => {
  it('stores the call, brings it on its way and says where it is', async () => {
    const announcedBefore = world.announcements.announced.events;

    const answer = await world.as.post('/v1/calls').send(callBody('first')).expect(202);

    const view = callViewSchema.strict().parse(answer.body);
    expect(view).toMatchObject({
      callId: 'first',
      appKey: 'default',
      state: 'queued',
      epoch: 0,
      node: null,
      broadcast: 'waiting',
      to: 'sip:room@sip.example.com',
      answeredAt: null,
      endedAt: null,
      verdict: null,
      media: { direction: 'recvonly', path: null },
      metadata: {},
    });
    expect(view.outputs).toMatchObject([
      { url: 'rtmp://live.example.com/live', streamKey: 'key…st', state: 'idle', attempts: 0 },
    ]);
    expect(answer.headers['location']).toBe(`/v1/calls/${view.id}`);
    expect(world.queue.jobs).toContainEqual({ callId: view.id, epoch: 0, priority: 0 });
    expect(world.announcements.announced.events).toBe(announcedBefore + 1);
    await world.as.get(answer.headers['location'] ?? '').expect(200, answer.body as object);
  });

  it('names a call by its id when the client does not', async () => {
    const view = await place({ ...callBody(freshName()), callId: undefined });

    expect(view.callId).toBe(view.id);
  });

  it('keeps what was asked for, with defaults for the rest', async () => {
    const view = await place({
      ...callBody(freshName()),
      to: 'sip:room@sip.example.com:5062;transport=tcp',
      from: { displayName: 'Studio 1' },
      auth: {
        username: 'studio',
        password: 'p',
        authUsername: 'digest-user',
        realms: ['sip.example.com'],
      },
      headers: { 'X-Show': 'Morgenmagazin ☕' },
      outboundProxy: 'sip:edge.example.com',
      media: { direction: 'sendrecv', audio: { codecs: ['PCMA'] } },
      limits: { ringSeconds: 20 },
      metadata: { show: 'Morgenmagazin ☕' },
    });

    const record = await world.store.registry.findLiveCall(view.callId);
    expect(record?.spec).toEqual({
      to: 'sip:room@sip.example.com:5062;transport=tcp',
      from: { user: 'studio', displayName: 'Studio 1', domain: 'sip.example.com' },
      auth: { username: 'digest-user', realms: ['sip.example.com'] },
      headers: { 'X-Show': 'Morgenmagazin ☕' },
      outboundProxy: 'sip:edge.example.com',
      onCallLoss: 'end',
      media: {
        direction: 'sendrecv',
        audio: {
          codecs: ['PCMA'],
          sampleRate: 44100,
          channels: 1,
          bitrateKbps: 64,
          content: 'speech',
          constantRate: false,
          passthrough: false,
        },
        earlyMedia: 'ignore',
        srtp: 'off',
        onTimeout: 'end',
      },
      limits: {
        ringSeconds: 20,
        maxSeconds: 14400,
        mediaTimeoutSeconds: 30,
        mediaGapSeconds: 15,
        silenceSeconds: 10,
        holdSeconds: 300,
      },
    });
    expect(view.metadata).toEqual({ show: 'Morgenmagazin ☕' });
  });

  it('takes credentials out of the address before it is stored', async () => {
    const name = freshName();
    const outputs = [{ url: 'rtmp://user:pa%3Ass@Live.Example.com:1936/live/', streamKey: name }];

    const view = await place({ ...callBody(name), outputs });

    expect(view.outputs[0]?.url).toBe('rtmp://live.example.com:1936/live');
  });

  it('is refused when a live call has the name', async () => {
    const name = freshName();
    await place(callBody(name));

    const answer = await world.as
      .post('/v1/calls')
      .send({ ...callBody(freshName()), callId: name })
      .expect(409);

    expect(answer.body).toMatchObject({ code: 'CALL_ID_IN_USE', status: 409 });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('is taken when the call of that name has ended', async () => {
    const name = freshName();
    const first = await place(callBody(name));
    await world.as.delete(`/v1/calls/${first.id}`).expect(202);

    const second = await place(callBody(name));

    expect(second.id).not.toBe(first.id);
  });

  it.each([
    ['the same spelling', 'rtmp://dup.example.com/live'],
    ['another case', 'rtmp://DUP.example.com/live'],
    ['the usual port', 'rtmp://dup.example.com:1935/live'],
    ['a slash at the end', 'rtmp://dup.example.com/live/'],
    ['credentials', 'rtmp://a:b@dup.example.com/live'],
  ])('is refused when a live call publishes there already: %s', async (name, url) => {
    const streamKey = `taken-${name.replaceAll(' ', '-')}`;
    const outputs = [{ url: 'rtmp://dup.example.com/live', streamKey }];
    const holder = await place({ ...callBody(freshName()), outputs });

    const answer = await world.as
      .post('/v1/calls')
      .send({ ...callBody(freshName()), outputs: [{ url, streamKey }] })
      .expect(409);

    const message = `is on air with call ${holder.id}, output ${holder.outputs[0]?.id}`;
    expect(answer.body).toMatchObject({
      ...{ code: 'TARGET_IN_USE', status: 409 },
      errors: [{ path: 'outputs.0.url', message }],
    });
  });

  it('is refused when it names one target twice', async () => {
    const [output] = callBody(freshName()).outputs;

    const answer = await world.as
      .post('/v1/calls')
      .send({ ...callBody(freshName()), outputs: [output, output] })
      .expect(400);

    expect(answer.body.errors).toEqual([{ path: 'outputs.1', message: 'repeats outputs.0' }]);
  });

  it('takes twenty calls of one name at once as one', async () => {
    const name = freshName();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.as.post('/v1/calls').send({ ...callBody(`${name}-${index}`), callId: name }),
      ),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
  });

  it('accepts the call when the queue is away, and counts it', async () => {
    world.queue.failWith(new Error('no redis at redis://user:hunter2@host'));
    const body = callBody(freshName());

    const answer = await world.as.post('/v1/calls').send(body).expect(202);
    world.queue.failWith(undefined);

    expect(world.queue.jobs).not.toContainEqual(
      expect.objectContaining({ callId: answer.body.id }),
    );
    const metrics = await world.bare.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/^callcast_enqueue_failures_total 1$/m);
    expect(world.lines.join('')).toContain('"event":"call.enqueue_failed"');
    expect(world.lines.join('')).not.toContain('hunter2');
  });
});

describe('GET /v1/calls/{id}', () => {
  it.each(['call_00000000000000000000000000', 'call_x', 'first', '%00', "' OR 1=1 --"])(
    'knows no call %j',
    async (id) => {
      const answer = await world.as.get(`/v1/calls/${encodeURIComponent(id)}`).expect(404);

      expect(answer.body).toMatchObject({ code: 'CALL_NOT_FOUND', status: 404 });
    },
  );
});

describe('the view of a call', () => {
  it('tells what was asked for, without secrets, and how it went in plain words', async () => {
    const asked = {
      from: { user: 'studio', displayName: 'Studio 1' },
      redial: { attempts: 2, backoffSeconds: [5, 10], on: ['SIP_BUSY'] },
      media: { srtp: 'preferred', audio: { codecs: ['G722', 'PCMA'] } },
      limits: { ringSeconds: 20 },
    };
    const body = { ...callBody(freshName()), ...asked };
    const placed = await world.as.post('/v1/calls').send(body).expect(202);
    const { id } = placed.body as { id: string };
    const verdict = verdictOfFault(
      new Fault('SIP_BUSY', { detail: '486 Busy Here', sipStatus: 486 }),
    );
    const ended = `state = 'ended', ended_at = clock_timestamp(), verdict = '${JSON.stringify(verdict)}'`;
    await world.sql(`UPDATE calls SET ${ended} WHERE id = '${id}'`);

    const view = callViewSchema
      .strict()
      .parse((await world.as.get(`/v1/calls/${id}`).expect(200)).body);

    expect(callViewSchema.strict().parse(placed.body)).toMatchObject({
      from: { user: 'studio', displayName: 'Studio 1', domain: 'sip.example.com' },
      redial: asked.redial,
      media: { direction: 'recvonly', path: null, codecs: ['G722', 'PCMA'], srtp: 'preferred' },
      limits: { ringSeconds: 20, maxSeconds: expect.any(Number) as number },
      verdict: null,
    });
    expect(view.verdict).toEqual({
      ...{ result: 'failed', code: 'SIP_BUSY', fault: 'callee', detail: '486 Busy Here' },
      ...{ sipStatus: 486, title: catalogEntry('SIP_BUSY').summary },
    });
  });
});

describe('GET /v1/trunks', () => {
  it('tells what each trunk carries', async () => {
    const [busy, idle] = ['busy', 'idle'].map((name) => ({ name, domain: 'sip.example.com' }));
    await world.as.post('/v1/trunks').send(busy).expect(201);
    const { body: made } = await world.as.post('/v1/trunks').send(idle).expect(201);
    const body = { ...callBody('through'), trunk: 'busy', to: '+4930123' };
    await world.as.post('/v1/calls').send(body).expect(202);

    const { body: shown } = await world.as.get('/v1/trunks/busy').expect(200);
    const { body: listed } = await world.as.get('/v1/trunks').expect(200);

    const nothing = { channelsInUse: 0, callsWaiting: 0, callsLastMinute: 0 };
    const one = { channelsInUse: 0, callsWaiting: 1, callsLastMinute: 1 };
    expect([made, shown]).toMatchObject([{ usage: nothing }, { usage: one }]);
    expect(listed.items).toMatchObject([{ usage: one }, { usage: nothing }]);
  });
});

describe('wait=answered', () => {
  it('is answered after its time, and at once for a call that is over', async () => {
    const { id } = await place();
    const open = await world.as.get(`/v1/calls/${id}?wait=answered&waitSeconds=1`).expect(200);
    await world.as.delete(`/v1/calls/${id}`).expect(202);
    const over = await world.as.get(`/v1/calls/${id}?wait=answered`).expect(200);

    expect([open.body.state, over.body.state]).toEqual(['queued', 'ended']);
  });

  it.each(['wait=ringing', 'waitSeconds=0', 'waitSeconds=61', 'waitSeconds=x', 'wait_=1'])(
    'is refused as %s, and places nothing',
    async (query) => {
      const name = `refused-${query}`.replace(/[=_]/g, '-');
      await world.as.post(`/v1/calls?${query}`).send(callBody(name)).expect(400);

      expect(await world.store.registry.findLiveCall(name)).toBeNull();
    },
  );
});

describe('DELETE /v1/calls/{id}', () => {
  it('ends a queued call at once and says why it ended', async () => {
    const { id } = await place();

    const answer = await world.as.delete(`/v1/calls/${id}`).expect(202);

    const view = callViewSchema.parse(answer.body);
    expect(view).toMatchObject({
      state: 'ended',
      broadcast: 'over',
      verdict: { result: 'canceled', code: 'CALL_CANCELED', fault: 'client', sipStatus: null },
    });
    expect(view.endedAt).not.toBeNull();
  });

  it('asks the owner of a running call', async () => {
    const { id, callId } = await place();
    const record = await world.store.registry.findLiveCall(callId);
    await world.store.ledger.claim(record!.id, 0, NODE);
    const before = world.announcements.announced.commands;

    const answer = await world.as.delete(`/v1/calls/${id}`).expect(202);

    expect(answer.body).toMatchObject({ state: 'claimed', node: NODE, verdict: null });
    expect(world.announcements.announced.commands).toBe(before + 1);
    const commands = await world.store.ledger.pendingCommands(NODE);
    expect(commands).toMatchObject([{ callId: id, type: 'hangUp' }]);
  });

  it('is refused when the call has ended', async () => {
    const { id } = await place();
    await world.as.delete(`/v1/calls/${id}`).expect(202);

    const answer = await world.as.delete(`/v1/calls/${id}`).expect(409);

    expect(answer.body).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
  });

  it('knows no other call', async () => {
    const answer = await world.as.delete('/v1/calls/call_00000000000000000000000000').expect(404);

    expect(answer.body).toMatchObject({ code: 'CALL_NOT_FOUND' });
  });

  it('does not mind a JSON type without a body', async () => {
    const { id } = await place();

    await world.as.delete(`/v1/calls/${id}`).set('content-type', 'application/json').expect(202);
  });
});

describe('GET /v1/calls/{id}/sip', () => {
  it('tells the messages of the call, page by page', async () => {
    const { id } = await place();
    const at = new Date();
    const invite = { direction: 'out' as const, summary: 'INVITE sip:bob@example.com', text: 'a' };
    const ringing = { direction: 'in' as const, summary: '180 Ringing', text: 'b\nX: ***' };
    await world.store.sip.add(id as CallId, [{ ...invite, epoch: 1, seq: 1, at }]);
    await world.store.sip.add(id as CallId, [{ ...ringing, epoch: 2, seq: 1, at }]);

    const first = await world.as.get(`/v1/calls/${id}/sip?limit=1`).expect(200);
    const cursor = String(first.body.nextCursor);
    const second = await world.as.get(`/v1/calls/${id}/sip?cursor=${cursor}`).expect(200);

    expect(first.body.items).toEqual([{ ...invite, epoch: 1, seq: 1, at: at.toISOString() }]);
    expect(second.body).toEqual({
      items: [{ ...ringing, epoch: 2, seq: 1, at: at.toISOString() }],
      nextCursor: null,
    });
  });

  it('is empty before the call is dialled, and unknown of a call that is none', async () => {
    const { id } = await place();

    const answer = await world.as.get(`/v1/calls/${id}/sip`).expect(200);
    await world.as.get('/v1/calls/call_00000000000000000000000000/sip').expect(404);
    await world.as.get(`/v1/calls/${id}/sip?cursor=1-1`).expect(400);

    expect(answer.body).toEqual({ items: [], nextCursor: null });
  });
});

describe('GET /v1/calls/{id}/events', () => {
  it('tells the numbered history, page by page', async () => {
    const { id } = await place();
    await world.as.delete(`/v1/calls/${id}`).expect(202);

    const first = await world.as.get(`/v1/calls/${id}/events?limit=1`).expect(200);
    const cursor = String(first.body.nextCursor);
    const second = await world.as.get(`/v1/calls/${id}/events?cursor=${cursor}`).expect(200);

    expect(eventPageSchema.parse(first.body).items).toMatchObject([
      { callId: id, seq: 1, epoch: 0, type: 'call.queued' },
    ]);
    expect(eventPageSchema.parse(second.body)).toMatchObject({
      items: [
        { callId: id, seq: 2, type: 'output.closed' },
        { callId: id, seq: 3, type: 'call.ended' },
      ],
      nextCursor: null,
    });
  });

  it('knows no history of another call', async () => {
    await world.as.get('/v1/calls/call_00000000000000000000000000/events').expect(404);
  });

  it.each([
    'cursor=x',
    'cursor=-1',
    'cursor=99999999999',
    'limit=0',
    'limit=1001',
    'limit=x',
    'y=1',
  ])('refuses ?%s', async (query) => {
    const { id } = await place();

    const answer = await world.as.get(`/v1/calls/${id}/events?${query}`).expect(400);

    expect(answer.body).toMatchObject({
      code: 'REQUEST_INVALID',
      errors: [{ path: query.split('=')[0] }],
    });
  });
});

describe('the key', () => {
  it('is taken however its scheme is written', async () => {
    await world.bare.get('/v1/calls').set('authorization', `bearer ${API_KEY}`).expect(200);
  });
});

describe('while no node takes calls and as many wait as may', () => {
  it('is told so, on every way in, and when to try again; planned calls are taken', async () => {
    const full = await openWorld({ settings: { maxQueued: 2 } });
    await full.as.post('/v1/calls').send(callBody('first')).expect(202);
    await full.as.post('/v1/calls').send(callBody('second')).expect(202);

    const refused = await full.as.post('/v1/calls').send(callBody('third')).expect(503);
    const wcs = await full.bare
      .post('/RESTCall/call')
      .send({
        callId: 'fourth',
        callee: 'room',
        rtmpUrl: 'rtmp://live.example.com/live',
        rtmpStream: 'key',
        connection: { sipLogin: 'a', sipPassword: 'b', sipDomain: 'sip.example.com' },
      })
      .expect(503);

    for (const answer of [refused, wcs]) {
      expect(answer.body).toMatchObject({ code: 'CAPACITY_FULL', status: 503 });
      expect(answer.headers['retry-after']).toBe('5');
    }
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    await full.as
      .post('/v1/calls')
      .send({ ...callBody('planned'), startAt })
      .expect(202);
    expect(full.queue.jobs).toHaveLength(2);
    await full.close();
  });
});
