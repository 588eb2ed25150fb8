import { afterEach, describe, expect, it } from 'vitest';
import { RawControl, sketch } from '../support/raw-control.ts';
import {
  allTablesEmpty,
  disconnect,
  OFFER,
  SECRET,
  SignallingWorld,
} from '../support/signalling-world.ts';
import { rejection } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

/** A call that a client has just acknowledged. */
async function setupCall(clientGraceMs?: number) {
  const { server, srf, peer } = await world.setup({ clientGraceMs });
  const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
  const invite = await peer.request('INVITE');
  peer.respond(invite, 200);
  const dialog = await calling;
  await peer.request('ACK');
  return { server, srf, peer, invite, dialog };
}

describe('a client that loses its connection', () => {
  it('has its calls hung up after the time of grace', async () => {
    const { server, srf, peer } = await setupCall(100);

    disconnect(srf);
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    expect(bye.headers.get('Reason')).toContain('client disconnected');
    await allTablesEmpty(server);
  });

  it('has its ringing calls cancelled after the time of grace', async () => {
    const { server, srf, peer } = await world.setup({ clientGraceMs: 100 });
    srf.createUAC(peer.uri, { localSdp: OFFER }).catch(() => undefined);
    const invite = await peer.request('INVITE');
    peer.respond(invite, 180);
    await until(() => server.stats().dialogs === 1, 'the call is known');

    disconnect(srf);
    const cancel = await peer.request('CANCEL');
    peer.respond(cancel, 200);
    peer.respond(invite, 487);

    await allTablesEmpty(server);
  });

  it('has a call that is answered now acknowledged and hung up at once', async () => {
    const { server, srf, peer } = await world.setup({ clientGraceMs: 60_000 });
    srf.createUAC(peer.uri, { localSdp: OFFER }).catch(() => undefined);
    const invite = await peer.request('INVITE');
    peer.respond(invite, 180);
    await until(() => server.stats().dialogs === 1, 'the call is known');

    disconnect(srf);
    await until(() => server.stats().clients === 0, 'the client is gone');
    peer.respond(invite, 200);
    await peer.request('ACK');
    peer.respond(await peer.request('BYE'), 200);

    await until(() => server.stats().dialogs === 0, 'the call is gone');
  });

  it('has its calls ended by another client that knows the dialog id, at once', async () => {
    const { server, srf, peer, dialog } = await setupCall(60_000);
    const other = await world.client(server);

    disconnect(srf);
    await until(() => server.stats().clients === 1, 'the owner is gone');
    const status = new Promise((resolve) => {
      const options = { method: 'BYE', stackDialogId: dialog.id };
      other.request('sip:placeholder', options, (_error, request) =>
        request.on('response', (response) => resolve(response.status)),
      );
    });
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    expect(await status).toBe(200);
    expect(bye.uri).toBe(peer.uri);
    await until(() => server.stats().dialogs === 0, 'the call is gone');
  });

  it('has its call ended by another client even before it was acknowledged', async () => {
    const server = await world.server({ clientGraceMs: 60_000 });
    const peer = await world.peer();
    const owner = await RawControl.connect(server.controlAddress);
    await owner.authenticate(SECRET);
    await owner.ask({ type: 'newRequest', sip: sketch(`INVITE ${peer.uri} SIP/2.0`) });
    peer.respond(await peer.request('INVITE'), 200);
    const isAnswered = () => owner.received.some((message) => message.type === 'sip');
    await until(isAnswered, 'the 200 is delivered');
    const answer = owner.received.find((message) => message.type === 'sip');
    const other = await RawControl.connect(server.controlAddress);
    await other.authenticate(SECRET);

    owner.destroy();
    await until(() => server.stats().clients === 1, 'the owner is gone');
    const dialogId = answer?.type === 'sip' ? answer.dialogId : '';
    await other.ask({
      type: 'dialogRequest',
      dialogId,
      sip: sketch('BYE sip:placeholder SIP/2.0'),
    });
    await peer.request('ACK');
    peer.respond(await peer.request('BYE'), 200);

    await until(() => server.stats().dialogs === 0, 'the call is gone');
    other.destroy();
  });

  it('has a call that another client uses left to that client', async () => {
    const { server, srf, peer, dialog, invite } = await setupCall(100);
    const other = await world.client(server);
    disconnect(srf);
    await until(() => server.stats().clients === 1, 'the owner is gone');

    const options = { method: 'INFO', stackDialogId: dialog.id };
    const answered = new Promise((resolve) => {
      other.request('sip:placeholder', options, (_error, request) =>
        request.on('response', (response) => resolve(response.status)),
      );
    });
    peer.respond(await peer.request('INFO'), 200);
    await answered;
    await until(() => server.stats().lostClients === 0, 'the time of grace is over');
    const byesAfterGrace = peer.countAll('BYE');
    peer.sendWithin(invite, 'BYE', 10);
    // drachtio-srf knows no such dialog; that it is asked is the point.
    await peer.response('BYE');

    expect(byesAfterGrace).toBe(0);
    await allTablesEmpty(server);
  });

  it('keeps hearing of its call while another client ends it', async () => {
    const { server, peer, dialog } = await setupCall();
    const other = await world.client(server);
    const destroyed = new Promise<boolean>((resolve) => {
      dialog.on('destroy', () => resolve(true));
    });

    other.request('sip:placeholder', { method: 'BYE', stackDialogId: dialog.id }, () => undefined);
    peer.respond(await peer.request('BYE'), 200);

    expect(await destroyed).toBe(true);
    await allTablesEmpty(server);
  });

  it('has a BYE of the peer answered in the time of grace', async () => {
    const { server, srf, peer, invite } = await setupCall(60_000);

    disconnect(srf);
    await until(() => server.stats().clients === 0, 'the client is gone');
    peer.sendWithin(invite, 'INFO', 10);
    const info = await peer.response('INFO');
    peer.sendWithin(invite, 'BYE', 11);
    const bye = await peer.response('BYE');

    expect([info.status, bye.status]).toEqual([503, 200]);
    await until(() => server.stats().dialogs === 0, 'the call is gone');
  });

  it('that never acknowledged a 200 has the call hung up when the peer has given up', async () => {
    const server = await world.server();
    const peer = await world.peer();
    const client = await RawControl.connect(server.controlAddress);
    await client.authenticate(SECRET);
    await client.ask({ type: 'newRequest', sip: sketch(`INVITE ${peer.uri} SIP/2.0`) });

    peer.respond(await peer.request('INVITE'), 200);
    await peer.request('ACK');
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    expect(bye.headers.get('Reason')).toContain('ACK timeout');
    await until(
      () =>
        client.received.some((each) => each.type === 'sip' && each.transactionId === 'unsolicited'),
      'the client is told',
    );
    client.destroy();
    await allTablesEmpty(server);
  });
});

describe('starting', () => {
  it('fails with the error of the system when the port is taken, and can be tried again', async () => {
    const first = await world.server();
    const { sipAddress } = first;
    const second = world.unstartedServer({ sip: sipAddress });

    const error = await rejection(second.start());
    await first.stop();
    await second.start();

    expect(error.message).toContain('EADDRINUSE');
    expect(second.sipAddress).toEqual(sipAddress);
  });

  it('wants an address to advertise when it listens on all', () => {
    expect(() => world.unstartedServer({ sip: { host: '0.0.0.0', port: 0 } })).toThrow(
      'an advertised address is needed',
    );
  });
});

describe('stopping', () => {
  it('hangs up and cancels what is left, and leaves no port behind', async () => {
    const { server, srf, peer } = await setupCall();
    srf.createUAC(peer.uri, { localSdp: OFFER }).catch(() => undefined);
    const ringing = await peer.request('INVITE');
    peer.respond(ringing, 180);
    await until(() => server.stats().dialogs === 2, 'both calls are known');

    const { sipAddress } = server;
    const stopping = server.stop();
    peer.respond(await peer.request('BYE'), 200);
    peer.respond(await peer.request('CANCEL'), 200);
    peer.respond(ringing, 487);
    await stopping;

    await allTablesEmpty(server);
    const again = await world.server({ sip: sipAddress });
    expect(again.sipAddress).toEqual(sipAddress);
  });

  it('does not wait for a peer that never answers', async () => {
    const { server } = await setupCall();

    const startedMs = performance.now();
    await server.stop();

    expect(performance.now() - startedMs).toBeLessThan(3000);
    await allTablesEmpty(server);
  });

  it('may be asked for twice, at any time, and starting again works', async () => {
    const server = await world.server();

    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await Promise.all([server.start(), server.start()]);
    const stopping = server.stop();
    await Promise.all([stopping, server.start()]);
    const client = await RawControl.connect(server.controlAddress);

    expect(await client.authenticate(SECRET)).toMatchObject({ type: 'authenticated' });
    client.destroy();
  });
});
