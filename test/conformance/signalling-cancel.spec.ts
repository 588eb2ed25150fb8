import { afterEach, describe, expect, it } from 'vitest';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { SrfOutgoing } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

/** A ringing call, and a way to cancel it. */
async function setupRinging() {
  const { server, srf, peer } = await world.setup();
  let outgoing: SrfOutgoing | undefined;
  const calling = srf.createUAC(
    peer.uri,
    { localSdp: OFFER },
    {
      cbRequest: (_error, request) => {
        outgoing = request;
      },
    },
  );
  const outcome = calling.then(
    (dialog) => ({ dialog, error: undefined }),
    (error: unknown) => ({ dialog: undefined, error: error as Error & { status?: number } }),
  );
  const invite = await peer.request('INVITE');
  const cancel = async (headers: object = {}): Promise<Error | null> =>
    await new Promise((resolve) => outgoing?.cancel({ headers }, (error) => resolve(error)));
  return { server, srf, peer, invite, outcome, cancel };
}

describe('CANCEL', () => {
  it('is sent at once when the peer has answered provisionally, with the branch of the INVITE', async () => {
    const { server, peer, invite, outcome, cancel } = await setupRinging();

    peer.respond(invite, 180);
    await until(() => server.stats().outgoingRequests === 1, 'the INVITE is known');
    await cancel({ Reason: 'SIP;cause=200;text="enough"' });
    const request = await peer.request('CANCEL');
    peer.respond(request, 200);
    peer.respond(invite, 487);
    const ack = await peer.request('ACK');

    expect((await outcome).error?.status).toBe(487);
    expect(request.uri).toBe(invite.uri);
    expect(request.headers.get('Via')).toBe(invite.headers.get('Via'));
    expect(request.headers.get('To')).toBe(invite.headers.get('To'));
    expect(request.headers.get('CSeq')).toBe(
      invite.headers.get('CSeq')?.replace('INVITE', 'CANCEL'),
    );
    expect(request.headers.get('Reason')).toBe('SIP;cause=200;text="enough"');
    expect(ack.headers.get('Via')).toBe(invite.headers.get('Via'));
    await allTablesEmpty(server);
  });

  it('is held back until the first provisional response', async () => {
    const { server, peer, invite, outcome, cancel } = await setupRinging();

    await cancel();
    await until(() => peer.countAll('INVITE') > 2, 'the INVITE is repeated');
    const cancelsBefore = peer.count('CANCEL');
    peer.respond(invite, 100);
    const request = await peer.request('CANCEL');
    peer.respond(request, 200);
    peer.respond(invite, 487);

    expect(cancelsBefore).toBe(0);
    expect((await outcome).error?.status).toBe(487);
    await allTablesEmpty(server);
  });

  it('that a 200 crosses: the call comes up, and after its ACK the server hangs up', async () => {
    const { server, peer, invite, outcome, cancel } = await setupRinging();

    peer.respond(invite, 180);
    await cancel();
    const request = await peer.request('CANCEL');
    peer.respond(invite, 200);
    peer.respond(request, 200);
    const { dialog } = await outcome;
    const destroyed = new Promise((resolve) => {
      dialog?.on('destroy', (_bye, reason) => resolve(reason));
    });
    await peer.request('ACK');
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);

    expect(await destroyed).toBe('ACK-BYE due to cancel race condition');
    expect(bye.headers.get('Reason')).toContain('cancel race');
    await allTablesEmpty(server);
  });

  it('that is never followed by a final response ends the call with 487', async () => {
    const { server, peer, invite, outcome, cancel } = await setupRinging();

    peer.respond(invite, 180);
    await cancel();
    const request = await peer.request('CANCEL');
    peer.respond(request, 200);

    expect((await outcome).error?.status).toBe(487);
    await allTablesEmpty(server);
  });

  it('of a call that has failed is refused', async () => {
    const { server, peer, invite, outcome, cancel } = await setupRinging();
    peer.respond(invite, 486);
    await outcome;

    const error = await cancel();

    expect(error?.message).toContain('unable to cancel unknown transaction id');
    expect(peer.count('CANCEL')).toBe(0);
    await allTablesEmpty(server);
  });
});
