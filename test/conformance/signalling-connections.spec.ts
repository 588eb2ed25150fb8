import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemTimers } from '#foundation';
import type { Timers } from '#foundation';
import { allTablesEmpty, OFFER } from '../support/signalling-world.ts';
import { until } from '../support/until.ts';
import { TlsWorld } from './support/tls-world.ts';

const TRANSPORTS = ['tcp', 'tls'] as const;

let world: TlsWorld;
beforeAll(async () => {
  world = await TlsWorld.create();
});
afterEach(() => world.close());
afterAll(() => world.remove());

/** What is to happen every 25 to 30 s happens every 50 ms. */
const hurried: Timers = {
  after: (delayMs, run) =>
    systemTimers.after(delayMs >= 25_000 && delayMs < 30_000 ? 50 : delayMs, run),
  every: (periodMs, run) => systemTimers.every(periodMs, run),
};

/** A call that is up, over a connection of ours. */
async function setup(transport: (typeof TRANSPORTS)[number], timers: Timers = systemTimers) {
  const { certificate: cert, key } = await world.trusted.issue({ names: ['localhost'] });
  const peer = await world.peer(transport, { tls: { cert, key } });
  const server = await world.tlsServer({}, [], { timers });
  const srf = await world.client(server);
  const uri = peer.uriAt('localhost');
  const calling = srf.createUAC(uri, { localSdp: OFFER });
  peer.respond(await peer.request('INVITE'), 200, { contact: `<${uri}>` });
  const dialog = await calling;
  await peer.request('ACK');
  return { server, peer, dialog };
}

describe.each(TRANSPORTS)('the connection of a call over %s', (transport) => {
  it('is kept alive as long as the call is up', async () => {
    const { server, peer, dialog } = await setup(transport, hurried);

    await until(() => peer.pingCount >= 3, 'three pings');
    const ending = dialog.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;

    expect(peer.connectionCount).toBe(1);
    await allTablesEmpty(server);
  });

  it('is replaced for the next request when it broke', async () => {
    const { server, peer, dialog } = await setup(transport);

    peer.disconnect();
    await until(() => connectionsOf(server.stats()) === 0, 'the end of the connection');
    const ending = dialog.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;

    expect(peer.connectionCount).toBe(2);
    await allTablesEmpty(server);
  });
});

const connectionsOf = (stats: { tcpConnections: number; tlsConnections: number }): number =>
  stats.tcpConnections + stats.tlsConnections;
