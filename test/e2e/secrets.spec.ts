import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '#adapters/services-local';
import type { CallView } from '#contracts';
import { leaksOf } from '../support/canaries.ts';
import { eventually } from '../support/eventually.ts';
import { openHookSink } from '../support/hook-sink.ts';
import { openOtlpSink } from '../support/otlp-sink.ts';
import type { OtlpSink } from '../support/otlp-sink.ts';
import { Stage } from './support/stage.ts';

const PASSWORD = 'CANARY-SIP-0c41';
const TRUNK_PASSWORD = 'CANARY-TRUNK-5b8e';
const KEY = 'CANARY-KEY-77f2';
const USERINFO = 'CANARY-USER-9d3e';
const USER_PASSWORD = 'CANARY-PASS-1e6a';
const OWN_PIN = '73551980462';
const PRESSED_PIN = '90463725118';

/** Of the client that asks for the call (W3C Trace Context). */
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENT_SPAN = '00f067aa0ba902b7';

describe('a canary', () => {
  const SECRET = 'CANARY/né-77+f2';

  it.each([
    ['as it is', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in hex', Buffer.from(SECRET).toString('hex')],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64, behind a name', Buffer.from(`user:${SECRET}@`).toString('base64')],
    ['in base64, behind another', Buffer.from(`ab${SECRET}!`).toString('base64url')],
  ])('is found %s', (_, text) => {
    expect(leaksOf({ key: SECRET }, { log: `x ${text} y`, other: 'clean' })).toEqual([
      'key in log',
    ]);
  });

  it('is not found where it is not', () => {
    expect(leaksOf({ key: SECRET }, { log: 'CANARY/', dump: 'f2' })).toEqual([]);
  });
});

describe('a call with secrets of every kind', () => {
  let stage: Stage;
  let otlp: OtlpSink;

  beforeAll(async () => {
    otlp = await openOtlpSink();
    stage = await Stage.open({
      settings: { CALLCAST_LOG_LEVEL: 'debug', CALLCAST_OTEL_ENDPOINT: otlp.url },
    });
  });

  afterAll(async () => {
    await stage.close();
    otlp.close();
  });

  function databaseText(): string {
    const dump = findProgram('pg_dump') ?? 'pg_dump';
    const words = ['--no-owner', stage.runtime.databaseUrl];
    return execFileSync(dump, words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  }

  async function redisText(): Promise<string> {
    const redis = new Redis(stage.runtime.redisUrl);
    // What is packed could not be read.
    await redis.config('SET', 'rdbcompression', 'no');
    const texts: string[] = [];
    for (const key of await redis.keys('*')) {
      const dump = await redis.dumpBuffer(key);
      texts.push(key, dump.toString('latin1'));
    }
    redis.disconnect();
    return texts.join('\n');
  }

  function commandLines(): string {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids
      .map((pid) => {
        try {
          return readFileSync(join('/proc', pid, 'cmdline'), 'latin1');
        } catch {
          return ''; // It has ended meanwhile.
        }
      })
      .join('\n');
  }

  function logs(): string {
    const folder = join(stage.folder, 'logs');
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  }

  const answers: string[] = [];

  /** Asks the API and keeps what it says, headers too. */
  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${stage.runtime.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${stage.runtime.apiKey}`,
        traceparent: `00-${TRACE_ID}-${CLIENT_SPAN}-01`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    answers.push(JSON.stringify([...answer.headers]), text);
    return JSON.parse(text) as T;
  }

  const metricsOf = (url: string): Promise<string> => textOf(`${url}/metrics`);

  async function textOf(url: string): Promise<string> {
    const answer = await fetch(url);
    return await answer.text();
  }

  it('shows them nowhere, and is one trace from the request to its first frame', async () => {
    const sink = await openHookSink();
    const hook = await ask<{ secret: string }>('POST', '/v1/hooks', { url: sink.url });
    // It is told once, here.
    answers.splice(0);
    const callee = await stage.callee({
      digest: { user: 'me', password: PASSWORD },
      media: { path: await stage.tone(400, 30) },
    });
    await ask('POST', '/v1/trunks', {
      name: 'canary',
      domain: 'sip.example.org',
      username: 'me',
      password: TRUNK_PASSWORD,
    });
    const userinfo = `${USERINFO}:${USER_PASSWORD}`;
    const { id } = await ask<CallView>('POST', '/v1/calls', {
      to: callee.uri(),
      auth: { username: 'me', password: PASSWORD },
      // SIPp plays nothing at times when it hears RTP before it begins.
      dtmf: `ww${OWN_PIN}`,
      outputs: [{ url: `rtmp://${userinfo}@127.0.0.1:${stage.rtmp.port}/live`, streamKey: KEY }],
    });
    await stage.untilLive(id);
    await ask('POST', `/v1/calls/${id}/dtmf`, { digits: PRESSED_PIN });
    const whileLive = [await redisText(), commandLines()];
    await stage.hangUp(id);
    await stage.untilEnded(id);
    const refused = await ask<CallView>('POST', '/v1/calls', {
      to: callee.uri(),
      auth: { username: 'me', password: `${PASSWORD}-wrong` },
      outputs: [{ url: stage.rtmpUrl, streamKey: `${KEY}-2` }],
    });
    await stage.untilEnded(refused.id);
    for (const one of [id, refused.id]) {
      await ask('GET', `/v1/calls/${one}`);
      await ask('GET', `/v1/calls/${one}/events`);
      await ask('GET', `/v1/calls/${one}/commands`);
      await stage.untilSip(one, one === id ? 8 : 4);
      await ask('GET', `/v1/calls/${one}/sip`);
    }
    for (const list of ['calls', 'trunks', 'hooks', 'nodes']) await ask('GET', `/v1/${list}`);
    const told = (): string => sink.heard.map((one) => JSON.stringify(one)).join('\n');
    await eventually(() => {
      expect(told().match(/"call\.ended\\?"/g)?.length).toBeGreaterThan(1);
      return Promise.resolve();
    });
    const published = await otlp.until(({ name }) => name === 'call to first media');

    const { apiUrl, workers } = stage.runtime;
    const places: Readonly<Record<string, string>> = {
      'the database': databaseText(),
      'Redis, live': whileLive[0] ?? '',
      'process list': whileLive[1] ?? '',
      'Redis, after': await redisText(),
      'the logs': logs(),
      'the answers': answers.join('\n'),
      hooks: told(),
      traces: otlp.text,
      metrics: (await Promise.all([apiUrl, ...Object.values(workers)].map(metricsOf))).join('\n'),
      pages: (await textOf(`${apiUrl}/docs`)) + (await textOf(`${apiUrl}/openapi.json`)),
    };
    const secrets = {
      password: PASSWORD,
      trunk: TRUNK_PASSWORD,
      key: KEY,
      user: USERINFO,
      'its password': USER_PASSWORD,
      'own PIN': OWN_PIN,
      'pressed PIN': PRESSED_PIN,
      'API key': stage.runtime.apiKey,
      'hook secret': hook.secret.replace('whsec_', ''),
    };
    expect(leaksOf(secrets, places)).toEqual([]);
    for (const place of ['the logs', 'the database', 'the answers', 'hooks', 'traces']) {
      expect(places[place], place).toContain(id);
    }
    expect(places['the answers']).toContain('Proxy-Authorization: Digest username=***, realm=');
    expect(places['metrics']).toContain('callcast_http_requests_total');
    expect(stage.recordingsOf(KEY)).toHaveLength(1);
    expect(published.traceId).toBe(TRACE_ID);
    expectTrace(id);
  });

  /** One connected trace over both processes, in the order of the call. */
  function expectTrace(id: string): void {
    const whole = otlp.spans.find(
      (span) => span.name === 'call to first media' && JSON.stringify(span).includes(id),
    );
    const children = otlp.spans.filter((span) => span.parentSpanId === whole?.spanId);
    const request = otlp.spans.find((span) => span.spanId === whole?.parentSpanId);
    expect(request).toMatchObject({ name: 'POST /v1/calls', service: 'callcast-api' });
    expect(request).toMatchObject({ traceId: TRACE_ID, parentSpanId: CLIENT_SPAN });
    const send = otlp.spans.find(
      ({ name, parentSpanId }) => name === 'calls send' && parentSpanId === request?.spanId,
    );
    const take = otlp.spans.find(({ parentSpanId }) => parentSpanId === send?.spanId);
    expect(take).toMatchObject({ name: 'calls take', service: 'callcast-worker' });
    const named = (name: string) => children.find((span) => span.name === name);
    const [invite, sound, publish] = [
      named('sip INVITE'),
      named('rtp first packet'),
      named('rtmp publish'),
    ];
    for (const span of [whole, invite, sound, publish]) {
      expect(span).toMatchObject({ traceId: TRACE_ID, service: 'callcast-worker' });
      expect(span?.status.code ?? 0, span?.name).toBe(0);
    }
    const order = [
      request?.startTimeUnixNano,
      whole?.startTimeUnixNano,
      invite?.startTimeUnixNano,
      invite?.endTimeUnixNano,
      publish?.startTimeUnixNano,
      publish?.endTimeUnixNano,
    ].map((nanos) => BigInt(nanos ?? 0));
    expect(order.toSorted((a, b) => Number(a - b))).toEqual(order);
  }
});
