import { afterEach, describe, expect, it } from 'vitest';
import { allTablesEmpty, disconnect, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { Srf, SrfDialog } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

/** A server with one client, prepared before it connects, and a peer that calls. */
async function setup(prepare: (srf: Srf) => void = () => undefined, clientGraceMs?: number) {
  const server = await world.server({ clientGraceMs });
  const srf = await world.client(server, prepare);
  const peer = await world.peer();
  return { server, srf, peer, port: server.sipAddress.port };
}

describe('requests that no client wants', () => {
  it.each([
    ['OPTIONS', 200],
    ['INVITE', 603],
    ['MESSAGE', 405],
    ['SUBSCRIBE', 405],
  ])('are answered by the server: %s with %i', async (method, status) => {
    const { server, peer, port } = await setup();

    const request = peer.sendTo(port, method, { callId: 'in-1' });
    const response = await peer.response(method);
    if (method === 'INVITE') peer.sendFollowUp(port, request, 'ACK', response);

    expect(response.status).toBe(status);
    expect(response.headers.get('To')).toContain(';tag=');
    expect(response.headers.get('Via')).toContain(`rport=${peer.port}`);
    if (status !== 603) expect(response.headers.get('Allow')).toContain('INVITE');
    await allTablesEmpty(server);
  });

  it('are refused within dialogs that do not exist, CANCEL included', async () => {
    const { server, peer, port } = await setup();

    const cancel = peer.sendTo(port, 'CANCEL', { callId: 'in-2' });
    const refused = await peer.response('CANCEL');
    peer.sendFollowUp(port, cancel, 'BYE', refused);
    const bye = await peer.response('BYE');

    expect([refused.status, bye.status]).toEqual([481, 481]);
    await allTablesEmpty(server);
  });

  it('do no harm when their identity cannot be spoken of in the control protocol', async () => {
    const { server, peer, port } = await setup((srf) =>
      srf.invite((_request, reply) => reply.send(200)),
    );

    peer.sendTo(port, 'INVITE', { callId: 'a|b' });
    peer.sendTo(port, 'OPTIONS', { callId: 'after' });
    const response = await peer.response('OPTIONS');

    expect(response.status).toBe(200);
    expect(peer.received).toHaveLength(1);
    expect(server.dropped()).toMatchObject({ headerLine: 1 });
    await allTablesEmpty(server);
  });
});

describe('an incoming call that a client wants', () => {
  it('can be declined by it', async () => {
    const { server, peer, port } = await setup((srf) =>
      srf.invite((_request, reply) => reply.send(486)),
    );

    const request = peer.sendTo(port, 'INVITE', { callId: 'in-3', body: OFFER });
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', response);

    expect(response.status).toBe(486);
    await allTablesEmpty(server);
  });

  it('can be taken, talked in both ways, and hung up by either', async () => {
    const dialogs: SrfDialog[] = [];
    const { server, peer, port } = await setup((srf) =>
      srf.invite((request, reply) => {
        void srf
          .createUAS(request, reply, { localSdp: OFFER })
          .then((dialog) => dialogs.push(dialog));
      }),
    );

    const request = peer.sendTo(port, 'INVITE', {
      callId: 'in-4',
      headers: [['Record-Route', `<sip:127.0.0.1:${peer.port};lr>`]],
      body: OFFER,
    });
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', response);
    await until(() => dialogs.length === 1, 'the call is up');
    const asking = dialogs[0]?.request({ method: 'INFO' });
    const info = await peer.request('INFO');
    peer.respond(info, 200);
    await asking;
    const ending = dialogs[0]?.destroy();
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);
    await ending;

    expect(response.headers.get('Record-Route')).toBe(`<sip:127.0.0.1:${peer.port};lr>`);
    expect(response.headers.get('Contact')).toBe(`<sip:127.0.0.1:${port}>`);
    expect(info.headers.get('Route')).toBe(`<sip:127.0.0.1:${peer.port};lr>`);
    expect(bye.headers.get('To')).toBe(request.headers.get('From'));
    expect(dialogs[0]?.id).toBe('in-4;from-tag=caller');
    await allTablesEmpty(server);
  });

  it('can be cancelled by the caller', async () => {
    let isCancelled = false;
    const { server, peer, port } = await setup((srf) =>
      srf.invite((request, reply) => {
        request.on('cancel', () => {
          isCancelled = true;
        });
        reply.send(180);
      }),
    );

    const request = peer.sendTo(port, 'INVITE', { callId: 'in-5' });
    await until(() => peer.received.length >= 2, '100 and 180');
    peer.sendFollowUp(port, request, 'CANCEL');
    const cancelAnswer = await peer.response('CANCEL');
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', response);

    expect([cancelAnswer.status, response.status]).toEqual([200, 487]);
    await until(() => isCancelled, 'the client is told');
    await allTablesEmpty(server);
  });

  it('is hung up when the caller never acknowledges the 200, which was repeated', async () => {
    const reasons: string[] = [];
    const { server, peer, port } = await setup((srf) =>
      srf.invite((request, reply) => {
        void srf
          .createUAS(request, reply, { localSdp: OFFER })
          .then((dialog) => dialog.on('destroy', (_bye, reason) => reasons.push(reason)));
      }),
    );

    peer.sendTo(port, 'INVITE', { callId: 'in-6', body: OFFER });
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    const repeated = peer.received.filter(
      (message) => message.kind === 'response' && message.status === 200,
    );
    expect(bye.headers.get('Reason')).toContain('ACK timeout');
    expect(repeated.length).toBeGreaterThan(3);
    await allTablesEmpty(server);
  });

  it('is answered in the place of a client that never does', async () => {
    const { server, peer, port } = await setup((srf) => srf.invite(() => undefined));

    const request = peer.sendTo(port, 'INVITE', { callId: 'in-7' });
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', response);

    expect(response.status).toBe(500);
    await allTablesEmpty(server);
  });

  it('is given back when its client is gone', async () => {
    const { server, srf, peer, port } = await setup(
      (client) => client.invite((_request, reply) => reply.send(180)),
      50,
    );

    const request = peer.sendTo(port, 'INVITE', { callId: 'in-8' });
    await until(() => peer.received.length >= 2, '100 and 180');
    disconnect(srf);
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', response);

    expect(response.status).toBe(480);
    await allTablesEmpty(server);
  });

  it('goes to the clients that want it in turn', async () => {
    const taken: string[] = [];
    const { server, peer, port } = await setup((srf) =>
      srf.invite((_request, reply) => {
        taken.push('first');
        reply.send(486);
      }),
    );
    await world.client(server, (srf) =>
      srf.invite((_request, reply) => {
        taken.push('second');
        reply.send(486);
      }),
    );

    for (const callId of ['in-9', 'in-10', 'in-11']) {
      const request = peer.sendTo(port, 'INVITE', { callId });
      peer.sendFollowUp(port, request, 'ACK', await peer.response('INVITE'));
    }

    expect(taken).toHaveLength(3);
    expect(new Set(taken.slice(0, 2))).toEqual(new Set(['first', 'second']));
    await allTablesEmpty(server);
  });
});
