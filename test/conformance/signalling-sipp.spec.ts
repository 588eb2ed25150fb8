import { afterEach, describe, expect, it } from 'vitest';
import { startSippCallee } from '#testkit';
import type { SippCallee, SippCalleeOptions } from '#testkit';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import { DECLINED_SCENARIO, OPTIONS_SCENARIO, runSippCaller } from '../support/sipp-caller.ts';
import { rejection } from '../support/srf-client.ts';
import type { SrfOutgoing } from '../support/srf-client.ts';

const TRANSPORTS = ['udp', 'tcp'] as const;
/** SIPp takes some time to answer on a busy machine; 64*T1 is 3.2 s. */
const TIMERS = { t1Ms: 50, t2Ms: 200, t4Ms: 200 };

const world = new SignallingWorld();
const callees: SippCallee[] = [];

afterEach(async () => {
  await world.close();
  for (const callee of callees.splice(0)) await callee.stop();
});

async function setup(options: SippCalleeOptions = {}) {
  const callee = await startSippCallee(options);
  callees.push(callee);
  const server = await world.server({ timersConfig: TIMERS });
  const srf = await world.client(server);
  return { server, srf, callee };
}

describe('drachtio-srf against SIPp', () => {
  it.each(TRANSPORTS)('calls over %s and hangs up', async (transport) => {
    const { server, srf, callee } = await setup({ transport });

    const dialog = await srf.createUAC(callee.uri(), { localSdp: OFFER });
    await dialog.destroy();

    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  it.each(TRANSPORTS)('is hung up over %s', async (transport) => {
    const { server, srf, callee } = await setup({
      transport,
      behaviour: { type: 'answer', hangUpAfterMs: 50 },
    });

    const dialog = await srf.createUAC(callee.uri(), { localSdp: OFFER });
    const reason = await new Promise((resolve) => {
      dialog.on('destroy', (_bye, why) => resolve(why));
    });

    expect(reason).toBe('normal release');
    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  it.each([401, 407] as const)('answers the challenge of a %i', async (status) => {
    const { server, srf, callee } = await setup({
      digest: { user: 'studio', password: 'right', status },
    });

    const dialog = await srf.createUAC(callee.uri(), {
      localSdp: OFFER,
      auth: { username: 'studio', password: 'right' },
    });
    await dialog.destroy();

    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  it('is told that its password is wrong', async () => {
    const { server, srf, callee } = await setup({ digest: { user: 'studio', password: 'right' } });

    const error = await rejection(
      srf.createUAC(callee.uri(), {
        localSdp: OFFER,
        auth: { username: 'studio', password: 'wrong' },
      }),
    );

    expect(error.status).toBe(403);
    await allTablesEmpty(server);
  });

  it.each(TRANSPORTS)('is told over %s that the callee is busy', async (transport) => {
    const { server, srf, callee } = await setup({
      transport,
      behaviour: { type: 'reject', status: 486, reason: 'Busy Here' },
    });

    const error = await rejection(srf.createUAC(callee.uri(), { localSdp: OFFER }));

    expect(error.status).toBe(486);
    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  it.each(TRANSPORTS)('takes a ringing call back over %s', async (transport) => {
    const { server, srf, callee } = await setup({ transport, behaviour: { type: 'ringForever' } });
    let outgoing: SrfOutgoing | undefined;

    const error = await rejection(
      srf.createUAC(
        callee.uri(),
        { localSdp: OFFER },
        {
          cbRequest: (_error, request) => {
            outgoing = request;
          },
          cbProvisional: () => outgoing?.cancel(),
        },
      ),
    );

    expect(error.status).toBe(487);
    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  it('acknowledges the reliable ringing of a callee that insists on it', async () => {
    const { server, srf, callee } = await setup({
      behaviour: { type: 'answer', isRingingReliable: true },
    });

    const refused = await rejection(srf.createUAC(callee.uri(), { localSdp: OFFER }));
    const headers = { Supported: '100rel' };
    const dialog = await srf.createUAC(callee.uri(), { localSdp: OFFER, headers });
    await dialog.destroy();

    expect(refused.status).toBe(421);
    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  // Over TCP: the short T1 of this suite would have SIPp see INVITEs again that it has answered.
  it('carries 100 calls at once', async () => {
    const { server, srf, callee } = await setup({ transport: 'tcp' });

    const dialogs = await Promise.all(
      Array.from({ length: 100 }, () => srf.createUAC(callee.uri(), { localSdp: OFFER })),
    );
    await Promise.all(dialogs.map((dialog) => dialog.destroy()));

    expect(callee.errors()).toBe('');
    expect(srf.app.client.idle).toBe(true);
    await allTablesEmpty(server);
  });
});

describe('SIPp as a caller', () => {
  it.each(TRANSPORTS)('gets its OPTIONS over %s answered', async (transport) => {
    const { server } = await world.setup({ timersConfig: TIMERS });

    const { port } = server.sipAddress;
    const exitCode = await runSippCaller({
      scenario: OPTIONS_SCENARIO,
      port,
      transport,
      calls: 20,
    });

    expect(exitCode).toBe(0);
    await allTablesEmpty(server);
  });

  it.each(TRANSPORTS)('has its calls over %s declined', async (transport) => {
    const { server } = await world.setup({ timersConfig: TIMERS });

    const { port } = server.sipAddress;
    const exitCode = await runSippCaller({
      scenario: DECLINED_SCENARIO,
      port,
      transport,
      calls: 20,
    });

    expect(exitCode).toBe(0);
    await allTablesEmpty(server);
  });
});
