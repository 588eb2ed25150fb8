import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHookSink, verifiedHook } from '../support/hook-sink.ts';
import { judge } from './support/recording.ts';
import { Stage } from './support/stage.ts';

describe('a client of Web Call Server', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  /** As the pages do it: no key, another origin, JSON. */
  const ask = async (
    method: string,
    body: unknown,
    dialect = 'RESTCall',
  ): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${stage.runtime.wcsUrl}/${dialect}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://pages.example' },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };

  /** Has the back end of an app told of its calls; gives what it has heard so far, `method STATUS`. */
  const hooked = async (appKey: string) => {
    const { url, heard } = await openHookSink();
    const hook = await stage.request<{ secret: string }>('POST', '/v1/hooks', {
      ...{ appKey, dialect: 'wcs', url },
    });
    return (): string[] =>
      heard.map((request) => {
        const body = verifiedHook(hook.body.secret, request) as { status?: string };
        expect(body).toMatchObject({ appKey, sessionId: expect.stringMatching(/^call_/) });
        const method = request.path.replace('/sink/', '');
        return [method, body.status ?? ''].join(' ').trim();
      });
  };

  it('places a call with its old request, polls its state in plain text and hangs it up', async () => {
    const told = await hooked('callApp');
    const callee = await stage.callee({
      digest: { user: 'myusername', password: 'MyPasswordPassword1' },
      media: { path: await stage.tone(900, 30) },
    });
    const request = {
      callId: 'R2fhkll5Sw3lK',
      callee: 'callee',
      rtmpUrl: stage.rtmpUrl,
      rtmpStream: 'streamName',
      hasAudio: 'true',
      hasVideo: 'true',
      connection: {
        sipLogin: 'myusername',
        sipPassword: 'MyPasswordPassword1',
        sipAuthenticationName: 'myusername',
        sipDomain: '127.0.0.1',
        sipPort: String(callee.port),
        sipRegisterRequired: 'false',
        appKey: 'callApp',
      },
    };

    expect(await ask('call', request)).toEqual({ status: 200, text: '' });
    const status = async (): Promise<string> => (await ask('getStatus', request)).text;
    await expect.poll(status, { timeout: 20_000 }).toBe('ESTABLISHED');
    expect((await ask('call', request)).status).toBe(409);
    const calls = JSON.parse((await ask('getCalls', {})).text) as Record<string, unknown>[];
    expect(calls).toEqual([
      expect.objectContaining({
        callId: 'R2fhkll5Sw3lK',
        status: 'ESTABLISHED',
        sipStatus: 200,
        hasAudio: true,
        rtmpStream: expect.any(String),
      }),
    ]);
    const { body } = await stage.request<{ items: { id: string }[] }>('GET', '/v1/calls?state=up');
    const [{ id } = { id: '' }] = body.items;
    await stage.untilLive(id);
    const liveAt = Date.now();
    await stage.until(id, () => Date.now() - liveAt > 3_000);

    expect((await ask('hangup', { callId: 'R2fhkll5Sw3lK' })).status).toBe(200);
    await expect.poll(async () => (await ask('getStatus', request)).status).toBe(404);

    const found = await judge(stage.recordingsOf('streamName')[0] ?? '');
    expect(Math.abs(found.toneHz - 900)).toBeLessThanOrEqual(5);
    expect(callee.messages()).toContain('a=sendrecv');
    await expect
      .poll(() => told().at(-1), { timeout: 20_000 })
      .toBe('ConnectionStatusEvent DISCONNECTED');
    const of = (method: string) => told().filter((each) => each.startsWith(method));
    expect(told().slice(0, 3)).toEqual([
      ...['connect', 'ConnectionStatusEvent ESTABLISHED', 'call NEW'],
    ]);
    expect(told().slice(-3)).toEqual([
      ...['hangup FINISH', 'CallStatusEvent FINISH', 'ConnectionStatusEvent DISCONNECTED'],
    ]);
    expect(of('CallStatusEvent')).toEqual(
      ['PENDING', 'TRYING', 'RING', 'ESTABLISHED', 'FINISH'].map(
        (word) => `CallStatusEvent ${word}`,
      ),
    );
    expect(of('StreamStatusEvent')).toEqual(
      ['PENDING', 'PUBLISHING', 'UNPUBLISHED'].map((word) => `StreamStatusEvent ${word}`),
    );
  });

  it('of version 5 starts a call that is on air nowhere, pushes it and ends the push while the call lives', async () => {
    const callee = await stage.callee({ media: { path: await stage.tone(700, 30) } });
    const ask5 = (method: string, body: unknown) => ask(method, body, 'rest-api');
    const found = async (): Promise<{ status?: string; text: string }> => {
      const { text } = await ask5('call/find', { callId: 'pushed-call' });
      const [call] = text.startsWith('[') ? (JSON.parse(text) as { status: string }[]) : [];
      return { ...call, text };
    };
    const account = { sipLogin: 'studio', sipDomain: '127.0.0.1', sipPort: String(callee.port) };
    const start = { callId: 'pushed-call', callee: 'callee', toStream: 'show', ...account };

    expect(await ask5('call/startup', start)).toEqual({ status: 200, text: '' });
    await expect.poll(async () => (await found()).status, { timeout: 20_000 }).toBe('ESTABLISHED');
    const pushed = await ask5('push/startup', { streamName: 'show', rtmpUrl: stage.rtmpUrl });
    const push = JSON.parse(pushed.text) as { mediaSessionId: string };
    const pushStatus = async (): Promise<string> => (await ask5('push/find', push)).text;
    await expect.poll(pushStatus, { timeout: 20_000 }).toContain('"PUBLISHING"');
    const liveAt = Date.now();
    await expect.poll(() => Date.now() - liveAt, { timeout: 10_000 }).toBeGreaterThan(3_000);
    expect((await ask5('push/terminate', push)).status).toBe(200);
    await expect.poll(async () => (await ask5('push/find', push)).status).toBe(404);
    const afterwards = await found();
    expect((await ask5('call/terminate', start)).status).toBe(200);
    await expect.poll(async () => (await ask5('call/find', start)).status).toBe(404);

    expect(afterwards.status).toBe('ESTABLISHED');
    const recorded = await judge(stage.recordingsOf('show')[0] ?? '');
    expect(Math.abs(recorded.toneHz - 700)).toBeLessThanOrEqual(5);
  });
});
