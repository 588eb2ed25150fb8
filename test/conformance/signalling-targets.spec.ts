import { afterEach, describe, expect, it } from 'vitest';
import { answeredCall, ANSWER_2, hangUp } from '../support/answered-call.ts';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { SrfReply } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

describe('the target of a call', () => {
  it('is the Contact of the 200, and the ACK goes there along Record-Route, as Twilio wants it', async () => {
    const proxy = await world.peer();
    const route = `<sip:127.0.0.1:${proxy.port};lr>`;
    const { server, srf, peer } = await world.setup();
    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const invite = await peer.request('INVITE');

    const contact = '<sip:172.25.10.1:5060;transport=udp>';
    peer.respond(invite, 200, { contact, headers: [['Record-Route', route]] });
    const dialog = await calling;
    const ack = await proxy.request('ACK');
    const ending = dialog.destroy();
    const bye = await proxy.request('BYE');
    proxy.respond(bye, 200);
    await ending;

    for (const { uri, headers } of [ack, bye]) {
      expect([uri, headers.getAll('Route')]).toEqual([contact.slice(1, -1), [route]]);
    }
    await allTablesEmpty(server);
  });

  it('moves behind the route when the first proxy is a strict router', async () => {
    const proxy = await world.peer();
    const strict = `sip:127.0.0.1:${proxy.port}`;
    const { server, srf, peer } = await world.setup();
    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const invite = await peer.request('INVITE');

    const routes = ['<sip:p2.example;lr>', `<${strict}>`];
    peer.respond(invite, 200, { headers: routes.map((route) => ['Record-Route', route] as const) });
    const dialog = await calling;
    const ack = await proxy.request('ACK');
    const ending = dialog.destroy();
    const bye = await proxy.request('BYE');
    proxy.respond(bye, 200);
    await ending;

    for (const { uri, headers } of [ack, bye]) {
      expect(uri).toBe(strict);
      expect(headers.getAll('Route')).toEqual(['<sip:p2.example;lr>', `<${peer.uri}>`]);
    }
    await allTablesEmpty(server);
  });

  it.each(['INVITE', 'UPDATE'])('moves when the peer says so by %s', async (method) => {
    const call = await answeredCall(world);
    const { peer, invite, dialog } = call;
    dialog.on('modify', (_request, reply) => reply.send(200, { body: ANSWER_2 }));

    const moved = await world.peer();
    peer.sendWithin(invite, method, 1, { contact: `<${moved.uri}>`, body: OFFER });
    await peer.response(method);
    if (method === 'INVITE') peer.sendWithin(invite, 'ACK', 1);
    const ending = dialog.destroy();
    const bye = await moved.request('BYE');
    moved.respond(bye, 200);
    await ending;

    expect(bye.uri).toBe(moved.uri);
    await allTablesEmpty(call.server);
  });

  it.each(['INVITE', 'UPDATE'])('moves when the 200 to our %s says so', async (method) => {
    const call = await answeredCall(world);
    const { peer, dialog } = call;
    const moved = await world.peer();

    const asking = method === 'INVITE' ? dialog.modify(ANSWER_2) : dialog.request({ method });
    peer.respond(await peer.request(method), 200, { contact: `<${moved.uri}>` });
    await asking;
    if (method === 'INVITE') await moved.request('ACK');
    const ending = dialog.destroy();
    const bye = await moved.request('BYE');
    moved.respond(bye, 200);
    await ending;

    expect(bye.uri).toBe(moved.uri);
    await allTablesEmpty(call.server);
  });
});

describe('an UPDATE', () => {
  it('of the peer has to wait for the answer to the one before: 500 with Retry-After', async () => {
    const call = await answeredCall(world);
    const { peer, invite, dialog } = call;
    const replies: SrfReply[] = [];
    dialog.on('update', (_request, reply) => replies.push(reply));

    peer.sendWithin(invite, 'UPDATE', 1, { body: OFFER });
    await until(() => replies.length === 1, 'the first is delivered');
    peer.sendWithin(invite, 'UPDATE', 2);
    const second = await peer.response('UPDATE');
    replies[0]?.send(200, { body: ANSWER_2 });
    const first = await peer.response('UPDATE');

    expect([first.status, second.status]).toEqual([200, 500]);
    expect(Number(second.headers.get('Retry-After'))).toBeLessThanOrEqual(10);
    await hangUp(call);
  });

  it('of the peer with an offer gets 491 while an offer of ours is open, as an INVITE does', async () => {
    const call = await answeredCall(world);
    const { peer, invite, dialog } = call;

    const asking = dialog.request({ method: 'UPDATE', body: ANSWER_2 });
    const ours = await peer.request('UPDATE');
    peer.sendWithin(invite, 'UPDATE', 1, { body: OFFER });
    const glare = await peer.response('UPDATE');
    peer.sendWithin(invite, 'INVITE', 3, { body: OFFER });
    const reinvite = await peer.response('INVITE');
    peer.sendWithin(invite, 'ACK', 3);
    peer.respond(ours, 200, { body: OFFER });
    await asking;

    expect([glare.status, reinvite.status]).toEqual([491, 491]);
    await hangUp(call);
  });

  it('of the client with an offer gets 491 at once while its re-INVITE is open', async () => {
    const call = await answeredCall(world);
    const { peer, dialog } = call;

    const modifying = dialog.modify(ANSWER_2);
    const reinvite = await peer.request('INVITE');
    const answer = await dialog.request({ method: 'UPDATE', body: OFFER });
    peer.respond(reinvite, 200, { body: OFFER });
    await modifying;
    await peer.request('ACK');

    expect(answer.status).toBe(491);
    expect(peer.count('UPDATE')).toBe(0);
    await hangUp(call);
  });
});

describe('a call that is answered after it was given up', () => {
  it('is acknowledged and hung up', async () => {
    const { server, srf, peer } = await world.setup();
    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const invite = await peer.request('INVITE');

    await expect(calling).rejects.toMatchObject({ status: 408 });
    peer.respond(invite, 200);
    const ack = await peer.request('ACK');
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    expect([ack.uri, bye.uri]).toEqual([peer.uri, peer.uri]);
    await allTablesEmpty(server);
  });
});
