import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedNames, startSippCallee } from '#testkit';
import type { SippCallee } from '#testkit';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import { rejection } from '../support/srf-client.ts';

/** SIPp takes some time to answer on a busy machine; 64*T1 is 3.2 s. */
const TIMERS = { t1Ms: 50, t2Ms: 200, t4Ms: 200 };
const BOTH = ['127.0.0.1', '::1'];

const world = new SignallingWorld();
const callees: SippCallee[] = [];

afterEach(async () => {
  await world.close();
  for (const callee of callees.splice(0)) await callee.stop();
});

async function setup(host: string | readonly string[] = '::1') {
  const server = await world.server({ sip: { host, port: 0 }, timersConfig: TIMERS });
  return { server, srf: await world.client(server), port: server.sipAddress.port };
}

describe('over IPv6', () => {
  it.each(['udp', 'tcp'] as const)('SIPp is called over %s and hung up', async (transport) => {
    const callee = await startSippCallee({ host: '::1', transport });
    callees.push(callee);
    const { server, srf, port } = await setup();

    const dialog = await srf.createUAC(callee.uri(), { localSdp: OFFER });
    await dialog.destroy();

    const via = `Via: SIP/2.0/${transport.toUpperCase()} [::1]:${port};`;
    expect(callee.messages()).toContain(via);
    expect(callee.messages()).toMatch(new RegExp(`Contact: <sip:\\[::1\\]:${port}[;>]`));
    expect(callee.errors()).toBe('');
    expect(dialog.res.source_address).toBe('::1');
    await allTablesEmpty(server);
  });

  it('the peer hangs up at the Contact with brackets', async () => {
    const callee = await startSippCallee({
      host: '::1',
      behaviour: { type: 'answer', hangUpAfterMs: 50 },
    });
    callees.push(callee);
    const { server, srf } = await setup();

    const dialog = await srf.createUAC(callee.uri(), { localSdp: OFFER });
    const reason = await new Promise((resolve) => {
      dialog.on('destroy', (_bye, why) => resolve(why));
    });

    expect(reason).toBe('normal release');
    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });

  it('a request is told where it came from without brackets', async () => {
    const { server, port } = await setup();
    const peer = await world.peer('udp', { host: '::1' });

    peer.sendTo(port, 'OPTIONS', { callId: 'six', via: 'SIP/2.0/UDP [2001:db8::7];rport' });
    const response = await peer.response('OPTIONS');

    expect(response.status).toBe(200);
    expect(response.headers.get('Via')).toMatch(
      new RegExp(`^SIP/2\\.0/UDP \\[2001:db8::7\\];rport=${peer.port};branch=\\w+;received=::1$`),
    );
    await allTablesEmpty(server);
  });

  it('a closed port is heard of, and ourselves are known in any spelling', async () => {
    const { server, srf, port } = await setup();
    const gone = await world.peer('udp', { host: '::1' });
    await gone.close();

    const closed = await rejection(srf.createUAC(gone.uri, { localSdp: OFFER }));
    const ourselves = await rejection(
      srf.createUAC(`sip:x@[0:0::0:1]:${port}`, { localSdp: OFFER }),
    );

    expect(closed.status).toBe(503);
    expect(ourselves.message).toBe('can not send request to myself');
    await allTablesEmpty(server);
  });
});

describe('with both IP versions', () => {
  it('each peer is told the address that it can reach', async () => {
    const { server, srf, port } = await setup(BOTH);
    const [four, six] = [await world.peer(), await world.peer('tcp', { host: '::1' })];

    const contacts: (string | undefined)[] = [];
    for (const peer of [four, six]) {
      const failing = rejection(srf.createUAC(peer.uri, { localSdp: OFFER }));
      const invite = await peer.request('INVITE');
      contacts.push(invite.headers.get('Contact'));
      peer.respond(invite, 486);
      await failing;
    }

    expect(contacts).toEqual([`<sip:127.0.0.1:${port}>`, `<sip:[::1]:${port};transport=tcp>`]);
    await allTablesEmpty(server);
  });

  it('a name with an IPv6 address only is called there, with a Contact that fits', async () => {
    const names = new ScriptedNames({ aaaa: { 'six.example': ['::1'] } });
    const server = await world.server({ sip: { host: BOTH, port: 0 }, names });
    const srf = await world.client(server);
    const peer = await world.peer('udp', { host: '::1' });

    const failing = rejection(
      srf.createUAC(`sip:bob@six.example:${peer.port}`, { localSdp: OFFER }),
    );
    const invite = await peer.request('INVITE');
    peer.respond(invite, 486);

    expect((await failing).status).toBe(486);
    expect(invite.headers.get('Contact')).toBe(`<sip:[::1]:${server.sipAddress.port}>`);
    await allTablesEmpty(server);
  });

  it('an address of an IP version that is not bound is refused', async () => {
    const { srf } = await setup('127.0.0.1');

    const error = await rejection(srf.createUAC('sip:x@[::1]:5060', { localSdp: OFFER }));

    expect(error.message).toBe('requested protocol/transport not available');
  });
});
