import pg from 'pg';
import { RegistrarPeer } from '#testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from './support/stage.ts';

const LOGIN = { username: 'studio', password: 'hunter2' };

describe('a call with a registration', () => {
  let stage: Stage;
  let registrar: RegistrarPeer;
  let keys = 0;

  beforeAll(async () => {
    stage = await Stage.open({ workers: 2 });
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(async () => {
    registrar = await RegistrarPeer.listen({ user: LOGIN.username, password: LOGIN.password });
  });

  afterEach(async () => {
    await registrar.close();
  });

  const request = (to: string) => ({
    to,
    auth: LOGIN,
    register: true,
    registrar: registrar.uri,
    outputs: [{ url: stage.rtmpUrl, streamKey: `registered-${keys++}` }],
  });

  it('waits for it; one worker registers for both; losses are made up for; the last call takes it off', async () => {
    const media = { path: await stage.tone(500, 120) };
    const callees = await Promise.all([1, 2, 3].map(async () => await stage.callee({ media })));
    registrar.behaviour = 'silence';
    const calls = await Promise.all(
      callees.map(async (callee) => await stage.place(request(callee.uri()))),
    );
    await Promise.all(calls.map(({ id }) => stage.until(id, (call) => call.state === 'claimed')));
    await registrar.until(() => registrar.requestCount > 1);
    expect(callees.map((callee) => callee.messages()).join('')).not.toContain('INVITE');

    registrar.behaviour = 'register';
    await Promise.all(calls.map(({ id }) => stage.untilLive(id)));
    expect(registrar.grantCount).toBe(1);

    const owner = await ownerPid();
    process.kill(owner, 'SIGKILL');
    await registrar.until(() => registrar.grantCount === 2);
    const recovered = await Promise.all(calls.map(({ id }) => stage.untilLive(id, 30_000)));
    expect(await ownerPid()).not.toBe(owner);

    process.kill(stage.runtime.pids['signaling'] ?? 0, 'SIGKILL');
    await registrar.until(() => registrar.grantCount === 3);
    await Promise.all(
      recovered.map(({ id, epoch }) =>
        stage.until(id, (call) => call.epoch > epoch && call.state === 'up'),
      ),
    );
    expect(registrar.mostBindings).toBe(1);

    await Promise.all(calls.map(({ id }) => stage.hangUp(id)));
    await Promise.all(calls.map(({ id }) => stage.untilEnded(id)));
    await registrar.until(() => registrar.bindings.size === 0);
    await untilNothingIsKept();
    expect(registrar.decisions.at(-1)).toMatch(/^200 -sip:/);
  });

  it('ends with a verdict of its own when the registrar refuses', async () => {
    const callee = await stage.callee();
    registrar.behaviour = { status: 403 };

    const { id } = await stage.place(request(callee.uri()));
    const call = await stage.untilEnded(id);

    expect(call.verdict).toMatchObject({
      result: 'failed',
      code: 'SIP_REGISTER_REFUSED',
      detail: 'REGISTER: 403 No',
    });
    expect(callee.messages()).not.toContain('INVITE');
    await untilNothingIsKept();
  });

  it('is placed by a client of Web Call Server, too', async () => {
    const callee = await stage.callee();
    const { port } = new URL(registrar.uri.replace('sip:', 'http://'));
    const ask = async (method: string): Promise<string> => {
      const response = await fetch(`${stage.runtime.wcsUrl}/RESTCall/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ callId: 'registered', callee: callee.uri(), hasAudio: 'false', hasVideo: 'false' },
          ...{ rtmpUrl: stage.rtmpUrl, rtmpStream: 'registered' },
          connection: {
            ...{ sipLogin: 'studio', sipAuthenticationName: 'studio', sipPassword: 'hunter2' },
            ...{ sipDomain: '127.0.0.1', sipPort: port, sipRegisterRequired: 'true' },
          },
        }),
      });
      return await response.text();
    };

    expect(await ask('call')).toBe('');
    await expect.poll(() => ask('getStatus'), { timeout: 20_000 }).toBe('ESTABLISHED');
    expect(registrar.grantCount).toBe(1);
    await ask('hangup');
    await registrar.until(() => registrar.bindings.size === 0);
  });

  async function untilNothingIsKept(): Promise<void> {
    const left = async (): Promise<number> => (await registrations()).length;
    await expect.poll(left, { timeout: 15_000 }).toBe(0);
  }

  async function registrations(): Promise<readonly { readonly pid: number }[]> {
    const client = new pg.Client(stage.runtime.databaseUrl);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      'SELECT nodes.pid FROM registrations LEFT JOIN nodes ON nodes.id = registrations.node',
    );
    await client.end();
    return rows;
  }

  async function ownerPid(): Promise<number> {
    const [row] = await registrations();
    if (row === undefined) throw new Error('nothing is registered');
    return row.pid;
  }
});
