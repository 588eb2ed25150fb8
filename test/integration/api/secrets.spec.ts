import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { EventListener } from './event-listener.ts';

const PASSWORD = 'CANARY-sip-password';
const STREAM_KEY = 'CANARY-stream-key';
const URL_PASSWORD = 'CANARY-url-password';
const PIN = '73551980462';
const CANARIES = [PASSWORD, STREAM_KEY, URL_PASSWORD, PIN, API_KEY];

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const BODY = {
  callId: 'secretive',
  to: 'sip:room@sip.example.com',
  auth: { username: 'studio', password: PASSWORD },
  dtmf: PIN,
  outputs: [{ url: `rtmp://user:${URL_PASSWORD}@live.example.com/live`, streamKey: STREAM_KEY }],
};
const WCS_BODY = {
  callId: 'secretive-wcs',
  callee: 'room',
  rtmpUrl: `rtmp://user:${URL_PASSWORD}@other.example.com/live`,
  rtmpStream: STREAM_KEY,
  connection: { sipLogin: 'studio', sipPassword: PASSWORD, sipDomain: 'sip.example.com' },
};

/** Everything that the API says about the calls, in every way it can be asked, and every refusal. */
async function everyAnswer(): Promise<string[]> {
  const texts: string[] = [];
  const keep = (answer: { text: string; headers: object }) => {
    texts.push(answer.text, JSON.stringify(answer.headers));
  };
  const listener = await EventListener.open(world.url, { after: '0-0' });
  const created = await world.as.post('/v1/calls').send(BODY).expect(202);
  keep(created);
  keep(await world.bare.post('/RESTCall/call').send(WCS_BODY).expect(200));
  const { id } = created.body as { id: string };

  keep(await world.as.post('/v1/calls').send(BODY).expect(409));
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, callId: 'x' })
      .expect(409),
  );
  keep(await world.bare.post('/RESTCall/call').send(WCS_BODY).expect(409));
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, to: `sip:${PASSWORD}` })
      .expect(422),
  );
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, to: `sip:a:${PASSWORD}@b.c` })
      .expect(400),
  );
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, outputs: STREAM_KEY })
      .expect(400),
  );
  const [output] = BODY.outputs;
  const spoiled = { url: `http://${URL_PASSWORD}@x`, streamKey: `${STREAM_KEY} x` };
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, outputs: [output, spoiled] })
      .expect(400),
  );
  const twice = [output, { ...output, url: `${String(output?.url)}?token=${STREAM_KEY}` }];
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, outputs: twice })
      .expect(400),
  );
  keep(
    await world.as.post('/v1/calls').set('content-type', 'application/json').send(`{"${PASSWORD}`),
  );
  const pressed = { digits: PIN };
  const keys = `/v1/calls/${id}/dtmf`;
  keep(
    await world.as
      .post('/v1/calls')
      .send({ ...BODY, dtmf: `${PIN}x` })
      .expect(400),
  );
  keep(await world.as.post(keys).send(pressed).expect(409));
  keep(
    await world.as
      .post(keys)
      .send({ digits: `${PIN}x` })
      .expect(400),
  );
  keep(
    await world.bare
      .post('/RESTCall/sendDTMF')
      .send({ ...WCS_BODY, dtmf: PIN })
      .expect(409),
  );
  keep(await world.as.get('/v1/calls').expect(200));
  keep(await world.as.get(`/v1/calls/${id}`).expect(200));
  keep(await world.as.get(`/v1/calls/${PASSWORD}`).expect(404));
  keep(await world.as.get(`/nowhere/${PASSWORD}?key=${STREAM_KEY}`).expect(404));
  keep(await world.as.get(`/v1/calls/${id}/events`).expect(200));
  keep(
    await world.bare.get(`/v1/calls/${id}`).set('authorization', `Bearer ${API_KEY}x`).expect(401),
  );
  keep(await world.bare.post('/RESTCall/getCalls').send(WCS_BODY).expect(200));
  keep(await world.bare.post('/RESTCall/getStatus').send(WCS_BODY).expect(200));
  keep(await world.as.delete(`/v1/calls/${id}`).expect(202));
  keep(await world.bare.post('/RESTCall/hangup').send(WCS_BODY).expect(200));
  keep(await world.bare.get('/metrics').expect(200));
  keep(await world.bare.get('/openapi.json').expect(200));
  await listener.until(() => listener.events.length >= 6);
  listener.close();
  return [...texts, listener.text];
}

describe('secrets', () => {
  it('are in no answer, no event and no log line', async () => {
    const answers = await everyAnswer();

    const said = [...answers, ...world.lines].join('\n');
    expect(said.length).toBeGreaterThan(10_000);
    expect(world.lines.length).toBeGreaterThan(20);
    for (const canary of CANARIES) expect(said).not.toContain(canary);
    expect(said).toContain('CAN…ey');
  });

  it('are in no log line of a fault of ours', async () => {
    await world.sql('ALTER TABLE outputs ADD CONSTRAINT never CHECK (false) NOT VALID');
    try {
      const answer = await world.as
        .post('/v1/calls')
        .send({ ...BODY, callId: 'broken' })
        .expect(500);

      expect(answer.body).toMatchObject({ code: 'INTERNAL', status: 500 });
      const said = `${answer.text}\n${world.lines.join('\n')}`;
      expect(said).toContain('"event":"http.failed"');
      for (const canary of CANARIES) expect(said).not.toContain(canary);
    } finally {
      await world.sql('ALTER TABLE outputs DROP CONSTRAINT never');
    }
  });
});
