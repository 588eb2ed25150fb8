import { afterEach, describe, expect, it } from 'vitest';
import { sequenceOf } from '#protocol/sip';
import type { SipRequest } from '#protocol/sip';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { PeerResponse } from '../support/sip-peer.ts';
import type { Srf, SrfMessage } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const reliably = (rseq: number): NonNullable<PeerResponse['headers']> => [
  ['Require', '100rel'],
  ['RSeq', String(rseq)],
];

/** A call of drachtio-srf that rings; `rang` has what the application heard. */
async function setup() {
  const { server, srf, peer } = await world.setup();
  const rang: SrfMessage[] = [];
  const calling = srf.createUAC(
    peer.uri,
    { localSdp: OFFER, headers: { Supported: '100rel' } },
    { cbProvisional: (response) => rang.push(response) },
  );
  const invite = await peer.request('INVITE');
  return { server, srf, peer, rang, calling, invite };
}

/** What the server says to a PRACK that the application sends by itself; undefined when it was sent. */
async function sendPrack(srf: Srf, invite: SipRequest, rack: string): Promise<string | undefined> {
  const tag = /tag=([^;]+)/.exec(invite.headers.get('From') ?? '')?.[1] ?? '';
  const stackDialogId = `${invite.headers.get('Call-ID') ?? ''};from-tag=${tag}`;
  return await new Promise((resolve) => {
    const options = { method: 'PRACK', stackDialogId, headers: { RAck: rack } };
    srf.request('sip:placeholder', options, (error) => resolve(error?.message));
  });
}

describe('a callee that rings reliably', () => {
  it('has each response acknowledged once and in order, and may answer before the PRACK is', async () => {
    const { server, peer, rang, calling, invite } = await setup();

    for (const rseq of [40, 40, 42]) peer.respond(invite, 183, { headers: reliably(rseq) });
    const first = await peer.request('PRACK');
    peer.respond(first, 200);
    peer.respond(invite, 180, { headers: reliably(41) });
    const second = await peer.request('PRACK');
    peer.respond(invite, 200);
    const dialog = await calling;
    const ack = await peer.request('ACK');
    peer.respond(second, 200);
    const ending = dialog.destroy();
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);
    await ending;

    const number = sequenceOf(invite);
    expect(rang.map(({ status }) => status)).toEqual([183, 180]);
    expect(first.headers.get('RAck')).toBe(`40 ${number} INVITE`);
    expect(second.headers.get('RAck')).toBe(`41 ${number} INVITE`);
    expect([first, second, ack, bye].map((each) => each.headers.get('CSeq'))).toEqual([
      `${number + 1} PRACK`,
      `${number + 2} PRACK`,
      `${number} ACK`,
      `${number + 3} BYE`,
    ]);
    expect(peer.count('PRACK')).toBe(2);
    await allTablesEmpty(server);
  });

  it('gets a lost PRACK again, from its transaction', async () => {
    const { server, peer, calling, invite } = await setup();

    peer.respond(invite, 183, { headers: reliably(40) });
    const prack = await peer.request('PRACK');
    peer.respond(invite, 183, { headers: reliably(40) });
    await until(() => peer.countAll('PRACK') > 2, 'the PRACK is repeated');
    peer.respond(prack, 200);
    peer.respond(invite, 486);

    await expect(calling).rejects.toMatchObject({ status: 486 });
    expect(peer.count('PRACK')).toBe(1);
    await allTablesEmpty(server);
  });

  it('has the PRACK sent along the Record-Route of its response', async () => {
    const { server, peer, calling, invite } = await setup();
    const proxy = await world.peer();
    const route = `<sip:127.0.0.1:${proxy.port};lr>`;

    peer.respond(invite, 183, { headers: [...reliably(1), ['Record-Route', route]] });
    const prack = await proxy.request('PRACK');
    proxy.respond(prack, 200);
    peer.respond(invite, 603);

    await expect(calling).rejects.toMatchObject({ status: 603 });
    expect([prack.uri, prack.headers.get('Route')]).toEqual([peer.uri, route]);
    await allTablesEmpty(server);
  });

  it('that challenges the PRACK gets another one; without a challenge a second is refused', async () => {
    const { server, srf, peer, calling, invite } = await setup();

    peer.respond(invite, 183, { headers: reliably(1) });
    const first = await peer.request('PRACK');
    const rack = first.headers.get('RAck') ?? '';
    const duplicate = await sendPrack(srf, invite, rack);
    peer.respond(first, 407, { headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n"']] });
    await until(() => server.stats().outgoingRequests === 1, 'the challenge has arrived');
    const again = await sendPrack(srf, invite, rack);
    const second = await peer.request('PRACK');
    peer.respond(second, 200);
    const unknown = await sendPrack(srf, invite, '2 1 INVITE');
    peer.respond(invite, 486);

    await expect(calling).rejects.toMatchObject({ status: 486 });
    expect(duplicate).toContain('no reliable provisional response waits');
    expect(again).toBeUndefined();
    expect(unknown).toContain('no reliable provisional response waits');
    expect(sequenceOf(second)).toBe(sequenceOf(first) + 1);
    await allTablesEmpty(server);
  });
});

describe('a callee that changes the session before it answers', () => {
  it('has to wait until its answer is acknowledged: 491 before, 200 after (RFC 3311)', async () => {
    const { server, peer, calling, invite } = await setup();

    peer.respond(invite, 183, { headers: reliably(1) });
    peer.respond(await peer.request('PRACK'), 200);
    peer.sendWithin(invite, 'UPDATE', 1, { body: OFFER });
    const early = await peer.response('UPDATE');
    peer.respond(invite, 183, { headers: reliably(2), body: OFFER });
    peer.respond(await peer.request('PRACK'), 200);
    peer.sendWithin(invite, 'UPDATE', 2, { body: OFFER });
    const late = await peer.response('UPDATE');
    peer.respond(invite, 486);

    await expect(calling).rejects.toMatchObject({ status: 486 });
    expect([early.status, late.status]).toEqual([491, 200]);
    await allTablesEmpty(server);
  });
});
