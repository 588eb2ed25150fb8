import { afterEach, describe, expect, it } from 'vitest';
import { answeredCall, ANSWER_2, hangUp } from '../support/answered-call.ts';
import type { AnsweredCall } from '../support/answered-call.ts';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { PeerResponse } from '../support/sip-peer.ts';
import { rejection } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const setupCall = (
  parts: PeerResponse = {},
  transport: 'udp' | 'tcp' = 'udp',
): Promise<AnsweredCall> => answeredCall(world, { answer: parts, transport });

describe('requests within a dialog', () => {
  it('go out in order and come back: INFO, re-INVITE with its ACK', async () => {
    const call = await setupCall();
    const { peer, dialog, invite } = call;

    const asking = dialog.request({ method: 'INFO', headers: { 'X-A': '1' } });
    const info = await peer.request('INFO');
    peer.respond(info, 200);
    const answer = await asking;
    const modifying = dialog.modify(ANSWER_2);
    const reinvite = await peer.request('INVITE');
    for (const status of [100, 180, 200]) peer.respond(reinvite, status, { body: ANSWER_2 });
    const ack = await peer.request('ACK');

    const first = Number(invite.headers.get('CSeq')?.split(' ')[0]);
    expect(answer.status).toBe(200);
    expect(info.headers.get('CSeq')).toBe(`${first + 1} INFO`);
    expect(info.headers.get('X-A')).toBe('1');
    expect(await modifying).toBe(ANSWER_2);
    expect(reinvite.headers.get('CSeq')).toBe(`${first + 2} INVITE`);
    expect(ack.headers.get('CSeq')).toBe(`${first + 2} ACK`);
    await hangUp(call);
  });

  it('come in from the peer: INFO, UPDATE, and a re-INVITE whose ACK is delivered', async () => {
    const call = await setupCall();
    const { peer, dialog, invite } = call;
    const bodies: string[] = [];
    dialog.on('info', (request, reply) => {
      bodies.push(request.body);
      reply.send(200);
    });
    dialog.on('modify', (_request, reply) => reply.send(200, { body: ANSWER_2 }));

    peer.sendWithin(invite, 'INFO', 10, { body: 'Signal=1\r\n' });
    const infoAnswer = await peer.response('INFO');
    peer.sendWithin(invite, 'UPDATE', 11);
    const updateAnswer = await peer.response('UPDATE');
    peer.sendWithin(invite, 'INVITE', 12, { body: ANSWER_2 });
    const inviteAnswer = await peer.response('INVITE');
    peer.sendWithin(invite, 'ACK', 12);

    expect(bodies).toEqual(['Signal=1\r\n']);
    expect([infoAnswer.status, updateAnswer.status, inviteAnswer.status]).toEqual([200, 200, 200]);
    expect(inviteAnswer.headers.get('Contact')).toContain('<sip:127.0.0.1:');
    await hangUp(call);
    // The ACK stopped the repetition of the 200, which began after 10 ms.
    const repeated = peer.received.filter(
      (message) => message.kind === 'response' && message.headers.get('CSeq') === '12 INVITE',
    );
    expect(repeated.length).toBeLessThan(5);
  });

  it('are refused by the stack when their number is not higher than the last', async () => {
    const call = await setupCall();

    call.peer.sendWithin(call.invite, 'INFO', 10);
    await call.peer.response('INFO');
    call.peer.sendWithin(call.invite, 'INFO', 9);
    const late = await call.peer.response('INFO');

    expect(late.status).toBe(500);
    await hangUp(call);
  });

  it('are refused with 481 when there is no such dialog', async () => {
    const call = await setupCall();

    call.peer.sendWithin(call.invite, 'INFO', 10, { toTag: 'somebody-else' });

    expect((await call.peer.response('INFO')).status).toBe(481);
    await hangUp(call);
  });

  it('get 491 while our re-INVITE is open', async () => {
    const call = await setupCall();
    const { peer, dialog, invite } = call;

    const modifying = dialog.modify(ANSWER_2);
    const reinvite = await peer.request('INVITE');
    peer.sendWithin(invite, 'INVITE', 10, { body: OFFER });
    const glare = await peer.response('INVITE');
    peer.sendWithin(invite, 'ACK', 10);
    peer.respond(reinvite, 200);
    await modifying;

    expect(glare.status).toBe(491);
    await hangUp(call);
  });

  it('follow the route set, which is the Record-Route of the 200 turned round', async () => {
    const { server, srf, peer } = await world.setup();
    const proxy = await world.peer();
    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200, {
      headers: [
        ['Record-Route', '<sip:p2.example;lr>'],
        ['Record-Route', `<sip:127.0.0.1:${proxy.port};lr>`],
      ],
    });
    const dialog = await calling;

    const ack = await proxy.request('ACK');
    const ending = dialog.destroy();
    const bye = await proxy.request('BYE');
    proxy.respond(bye, 200);
    await ending;

    const routes = [`<sip:127.0.0.1:${proxy.port};lr>`, '<sip:p2.example;lr>'];
    expect([ack.uri, bye.uri]).toEqual([peer.uri, peer.uri]);
    expect(ack.headers.getAll('Route')).toEqual(routes);
    expect(bye.headers.getAll('Route')).toEqual(routes);
    await allTablesEmpty(server);
  });

  it('keep the dialog when a BYE is challenged, and end it with the next', async () => {
    const call = await setupCall();
    const { server, peer, dialog } = call;

    const ending = dialog.destroy({ auth: { username: 'u', password: 'p' } });
    const first = await peer.request('BYE');
    peer.respond(first, 407, {
      headers: [['Proxy-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']],
    });
    const second = await peer.request('BYE');
    peer.respond(second, 200);
    await ending;

    const sequence = Number(first.headers.get('CSeq')?.split(' ')[0]);
    expect(second.headers.get('CSeq')).toBe(`${sequence + 1} BYE`);
    expect(second.headers.has('Proxy-Authorization')).toBe(true);
    await allTablesEmpty(server);
  });

  it('end the re-INVITE that is open when the peer hangs up', async () => {
    const { server, peer, dialog, invite } = await setupCall();

    const modifying = dialog.modify(ANSWER_2);
    const failed = rejection(modifying);
    await peer.request('INVITE');
    peer.sendWithin(invite, 'BYE', 10);
    await peer.response('BYE');

    expect((await failed).status).toBe(487);
    await allTablesEmpty(server);
  });
});

describe('the 2xx of an INVITE', () => {
  it.each(['udp', 'tcp'] as const)(
    'that comes again over %s is acknowledged again',
    async (transport) => {
      const call = await setupCall({}, transport);
      const { peer, invite } = call;

      peer.respond(invite, 200);
      const second = await peer.request('ACK');
      peer.respond(invite, 200);
      const third = await peer.request('ACK');

      const first = peer.received.find(
        (message) => message.kind === 'request' && message.method === 'ACK',
      );
      expect([second.headers.get('Via'), third.headers.get('Via')]).toEqual([
        first?.headers.get('Via'),
        first?.headers.get('Via'),
      ]);
      await hangUp(call);
    },
  );

  it('of a second fork is acknowledged and hung up', async () => {
    const call = await setupCall({ toTag: 'fork-a' });
    const { peer, invite } = call;

    peer.respond(invite, 200, { toTag: 'fork-b' });
    const ack = await peer.request('ACK');
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);
    peer.respond(invite, 200, { toTag: 'fork-b' });
    await peer.request('ACK');

    expect(ack.headers.get('To')).toContain('tag=fork-b');
    expect(bye.headers.get('To')).toContain('tag=fork-b');
    expect(peer.count('BYE')).toBe(1);
    expect(call.dialog.connected).toBe(true);
    await hangUp(call);
  });

  it('without Contact is acknowledged at the address called, and hung up', async () => {
    const { server, srf, peer } = await world.setup();

    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const failed = rejection(calling);
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200, { contact: null });
    const ack = await peer.request('ACK');
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    // What drachtio-srf says of a 200 that it cannot make a dialog of.
    expect((await failed).status).toBe(500);
    expect([ack.uri, bye.uri]).toEqual([invite.uri, invite.uri]);
    await allTablesEmpty(server);
  });

  it('with a BYE right behind it lets the call come up before it ends', async () => {
    const { server, srf, peer } = await world.setup();
    const events: string[] = [];

    const calling = srf.createUAC(peer.uri, { localSdp: OFFER }).then((dialog) => {
      events.push(`answered, connected: ${dialog.connected}`);
      dialog.on('destroy', () => events.push('destroyed'));
    });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200);
    peer.sendWithin(invite, 'BYE', 1);
    await calling;
    await peer.response('BYE');
    await until(() => events.length === 2, 'both events');

    expect(events).toEqual(['answered, connected: true', 'destroyed']);
    await allTablesEmpty(server);
  });
});
