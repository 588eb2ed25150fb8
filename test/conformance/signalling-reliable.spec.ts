import { afterEach, describe, expect, it } from 'vitest';
import type { SipRequest, SipResponse } from '#protocol/sip';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { SrfDialog } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const RELIABLE = { headers: { Require: '100rel' } };

/** A client that rings reliably, and what came of it; `take` answers the call. */
async function setup() {
  const refusals: string[] = [];
  const dialogs: SrfDialog[] = [];
  let take: () => void = () => undefined;
  const server = await world.server();
  await world.client(server, (srf) =>
    srf.invite((request, reply) => {
      take = () =>
        void srf
          .createUAS(request, reply, { localSdp: OFFER })
          .then((dialog) => dialogs.push(dialog));
      reply.send(180, RELIABLE, (refusal) => {
        if (refusal !== null && refusal !== undefined) refusals.push(String(refusal));
      });
    }),
  );
  const peer = await world.peer();
  return { server, peer, port: server.sipAddress.port, dialogs, refusals, take: () => take() };
}

/** What a PRACK is made from: number, branch and RAck are its own. */
function prackOf(invite: SipRequest, sequence: number, rack: string): SipRequest {
  const headers = invite.headers.clone();
  headers.set('Via', `${headers.get('Via') ?? ''}${sequence}`);
  headers.set('CSeq', `${sequence} INVITE`);
  headers.append('RAck', rack);
  return { ...invite, headers };
}

describe('a client that rings reliably', () => {
  it('has its response numbered, repeated until the PRACK, and answered after it', async () => {
    const { server, peer, port, dialogs, take } = await setup();

    const ringing = () =>
      peer.received.filter((message): message is SipResponse => {
        return message.kind === 'response' && message.status === 180;
      });
    const request = peer.sendTo(port, 'INVITE', {
      callId: 'reliable-1',
      headers: [['Supported', '100rel']],
      body: OFFER,
    });
    await until(() => ringing().length >= 2, 'the response is repeated');
    const [first, again] = ringing();
    peer.sendFollowUp(port, prackOf(request, 2, '1 1 INVITE'), 'PRACK', first);
    const refused = await peer.response('PRACK');
    const rack = `${first?.headers.get('RSeq') ?? ''} 1 INVITE`;
    peer.sendFollowUp(port, prackOf(request, 3, rack), 'PRACK', first);
    const taken = await peer.response('PRACK');
    take();
    const answer = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', answer);
    await until(() => dialogs.length === 1, 'the call is up');
    const ending = dialogs[0]?.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;

    expect(first?.headers.get('RSeq')).toMatch(/^[1-9]\d*$/);
    expect(again?.headers.get('RSeq')).toBe(first?.headers.get('RSeq'));
    expect([refused.status, taken.status, answer.status]).toEqual([481, 200, 200]);
    await allTablesEmpty(server);
  });

  it('is refused when the caller does not support it', async () => {
    const { server, peer, port, refusals } = await setup();

    const request = peer.sendTo(port, 'INVITE', { callId: 'reliable-2', body: OFFER });
    await until(() => refusals.length === 1, 'the client is told');
    peer.sendFollowUp(port, request, 'CANCEL');
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, request, 'ACK', response);

    expect(refusals[0]).toContain('Remote endpoint does not support 100rel');
    expect(response.status).toBe(487);
    await allTablesEmpty(server);
  });
});
