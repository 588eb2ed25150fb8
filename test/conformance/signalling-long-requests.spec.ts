import { afterEach, describe, expect, it } from 'vitest';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import { rejection } from '../support/srf-client.ts';
import { SipPeer } from '../support/sip-peer.ts';

const LONG = { Subject: 'x'.repeat(1000) };

const world = new SignallingWorld();
const peers: SipPeer[] = [];
afterEach(async () => {
  await world.close();
  for (const peer of peers.splice(0)) await peer.close();
});

/** A server with a client, and a peer on one port of both transports. */
async function setup(udpLimitBytes?: number) {
  const server = await world.server({ sip: { host: '127.0.0.1', port: 0, udpLimitBytes } });
  const srf = await world.client(server);
  const tcp = await SipPeer.listen('tcp');
  const udp = await SipPeer.listen('udp', { port: tcp.port });
  peers.push(tcp, udp);
  return { server, srf, tcp, udp };
}

describe('a request of more than 1300 bytes', () => {
  it('goes by TCP to a peer that takes it', async () => {
    const { server, srf, tcp, udp } = await setup();

    const failing = rejection(srf.createUAC(udp.uri, { localSdp: OFFER, headers: LONG }));
    const invite = await tcp.request('INVITE');
    tcp.respond(invite, 486);

    expect((await failing).status).toBe(486);
    expect(invite.headers.get('Via')).toMatch(/^SIP\/2\.0\/TCP /);
    expect(invite.headers.get('Contact')).toContain(';transport=tcp>');
    expect(udp.received).toHaveLength(0);
    await allTablesEmpty(server);
  });

  it('goes by UDP to a peer that refuses TCP', async () => {
    const { server, srf, tcp, udp } = await setup();
    await tcp.close();

    const failing = rejection(srf.createUAC(udp.uri, { localSdp: OFFER, headers: LONG }));
    const invite = await udp.request('INVITE');
    udp.respond(invite, 486);

    expect((await failing).status).toBe(486);
    expect(invite.headers.get('Via')).toMatch(/^SIP\/2\.0\/UDP /);
    expect(invite.headers.get('Contact')).not.toContain('transport');
    await allTablesEmpty(server);
  });

  it.each([
    ['the address asks for UDP', ';transport=udp', LONG, undefined],
    ['there is no limit', '', LONG, 0],
    ['it is shorter than that', '', {}, undefined],
  ])('or any other goes by UDP when %s', async (_what, suffix, headers, limit) => {
    const { server, srf, tcp, udp } = await setup(limit);

    const failing = rejection(srf.createUAC(`${udp.uri}${suffix}`, { localSdp: OFFER, headers }));
    udp.respond(await udp.request('INVITE'), 486);

    expect((await failing).status).toBe(486);
    expect(tcp.received).toHaveLength(0);
    await allTablesEmpty(server);
  });
});
