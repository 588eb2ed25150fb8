import { VirtualTime } from '#testkit';
import type { SignallingServer } from '#adapters/sip-transport';
import { sequenceOf } from '#protocol/sip';
import type { SipRequest } from '#protocol/sip';
import { afterEach, describe, expect, it } from 'vitest';
import type { PeerResponse, SipPeer } from '../support/sip-peer.ts';
import { OFFER, SignallingWorld } from '../support/signalling-world.ts';
import { rejection } from '../support/srf-client.ts';
import type { Srf, SrfDialog } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const ANSWER_2 = OFFER.replace('o=- 7 1', 'o=- 7 2');
const ASKING = { Supported: 'timer', 'Session-Expires': '1800', 'Min-SE': '90' };
const ABLE = ['Supported', 'timer'] as const;

let lastNumber = 0;
/** The CSeq number of the next request of the peer. */
const nextNumber = (): number => {
  lastNumber += 1;
  return lastNumber;
};

type Headers = NonNullable<PeerResponse['headers']>;

const granting = (value: string): Headers => [
  ['Require', 'timer'],
  ['Session-Expires', value],
];

interface Call {
  readonly time: VirtualTime;
  readonly server: SignallingServer;
  readonly srf: Srf;
  readonly peer: SipPeer;
  readonly invite: SipRequest;
  readonly dialog: SrfDialog;
  /** How drachtio-srf accepts changes of the session. */
  readonly acceptance: { body: string; headers?: Record<string, string> };
  /** What drachtio-srf was told of the dialog. */
  readonly events: string[];
}

/** A call that is up, its server in virtual time: only what the test advances passes. */
async function setupCall(answer: Headers, asking: object = ASKING): Promise<Call> {
  const time = new VirtualTime();
  const setup = await world.setup({ timers: time, clock: time, timersConfig: {} });
  const { srf, peer } = setup;
  const calling = srf.createUAC(peer.uri, { localSdp: OFFER, headers: { ...asking } });
  const invite = await peer.request('INVITE');
  peer.respond(invite, 200, { headers: answer });
  const dialog = await calling;
  await peer.request('ACK');
  const events: string[] = [];
  const acceptance: Call['acceptance'] = { body: ANSWER_2 };
  dialog.on('destroy', (_message, reason) => events.push(reason));
  for (const name of ['info', 'modify'] as const) {
    dialog.on(name, (_request, reply) => {
      if (name === 'modify') events.push(name);
      reply.send(200, name === 'info' ? {} : acceptance);
    });
  }
  return { ...setup, time, invite, dialog, acceptance, events };
}

/** How many INVITEs the peer has got, after everything that was sent before has arrived. */
async function inviteCount({ peer, invite }: Call): Promise<number> {
  peer.sendWithin(invite, 'INFO', nextNumber());
  await peer.response('INFO');
  return peer.count('INVITE');
}

/** Takes a refresh of the server and answers it. */
async function refreshed({ peer }: Call, status: number, headers: Headers): Promise<SipRequest> {
  const refresh = await peer.request('INVITE');
  peer.respond(refresh, status, { headers });
  await peer.request('ACK');
  return refresh;
}

/** What the server is left with when everything late is over. */
async function isOver({ time, server, srf }: Call): Promise<boolean> {
  time.advance(64_000);
  const held = server.stats();
  await until(() => srf.app.client.idle, 'drachtio-srf is idle');
  return held.dialogs + held.farewells + held.transactions + held.outgoingRequests === 0;
}

async function hangUp(call: Call): Promise<void> {
  const ending = call.dialog.destroy();
  call.peer.respond(await call.peer.request('BYE'), 200);
  await ending;
  // Nothing of the session timer is left, however long one waits.
  call.time.advance(10_000_000);
  expect(call.events.filter((event) => event === 'Session timer expired')).toEqual([]);
  expect(await isOver(call)).toBe(true);
}

/** The server hangs up because the session was not refreshed. */
async function expired(call: Call): Promise<void> {
  const bye = await call.peer.request('BYE');
  call.peer.respond(bye, 200);
  await until(() => call.events.length > 0, 'destroyed');
  expect(call.events).toEqual(['Session timer expired']);
  expect(bye.headers.get('Reason')).toContain('text="Session timer expired"');
  await until(() => call.server.stats().farewells === 0, 'the BYE is answered');
  expect(await isOver(call)).toBe(true);
}

describe('a call without Session-Expires in the 200', () => {
  it('has no session timer', async () => {
    const call = await setupCall([]);

    call.time.advance(100_000_000);

    expect(await inviteCount(call)).toBe(1);
    await hangUp(call);
  });
});

describe('a call whose session we refresh', () => {
  it.each(['100;refresher=uac', '100'])(
    'is refreshed again and again after Session-Expires: %s, and the client does not notice',
    async (stated) => {
      const call = await setupCall(granting(stated));
      const numbers = [sequenceOf(call.invite)];

      for (let round = 0; round < 3; round += 1) {
        call.time.advance(49_999);
        expect(await inviteCount(call)).toBe(round + 1);
        call.time.advance(1);
        const refresh = await refreshed(call, 200, granting(stated));
        numbers.push(sequenceOf(refresh));

        expect(new TextDecoder().decode(refresh.body)).toBe(OFFER);
        expect(refresh.headers.get('Contact')).toBe(call.invite.headers.get('Contact'));
        expect(refresh.headers.get('Content-Type')).toBe('application/sdp');
        expect(refresh.headers.get('Session-Expires')).toBe('100;refresher=uac');
        expect(refresh.headers.get('Min-SE')).toBe('90');
        expect(refresh.headers.get('Supported')).toBe('timer');
      }

      expect(numbers.map((each) => each - (numbers[0] ?? 0))).toEqual([0, 1, 2, 3]);
      expect(call.events).toEqual([]);
      await hangUp(call);
    },
  );

  it('is refreshed with what was last said, and half an interval after that', async () => {
    const call = await setupCall(granting('100;refresher=uac'));
    const { time, peer, dialog, invite } = call;

    time.advance(40_000);
    const modifying = dialog.modify(ANSWER_2);
    const reinvite = await refreshed(call, 200, granting('100;refresher=uac'));
    await modifying;
    time.advance(49_000);
    peer.sendWithin(invite, 'UPDATE', nextNumber(), { headers: [ABLE] });
    const update = await peer.response('UPDATE');
    time.advance(49_999);
    expect(await inviteCount(call)).toBe(2);
    time.advance(1);
    const refresh = await refreshed(call, 200, granting('100;refresher=uac'));

    expect(reinvite.headers.get('Session-Expires')).toBe('100;refresher=uac');
    expect(update.headers.get('Session-Expires')).toBe('100;refresher=uas');
    expect(new TextDecoder().decode(refresh.body)).toBe(ANSWER_2);
    await hangUp(call);
  });

  it('is refreshed no more when a 200 to a refresh has no Session-Expires', async () => {
    const call = await setupCall(granting('100;refresher=uac'));

    call.time.advance(50_000);
    await refreshed(call, 200, []);
    call.time.advance(100_000_000);

    expect(await inviteCount(call)).toBe(2);
    await hangUp(call);
  });

  it('tries again 2.1 to 4 s after a collision', async () => {
    const call = await setupCall(granting('100;refresher=uac'));

    call.time.advance(50_000);
    await refreshed(call, 491, []);
    call.time.advance(2_099);
    expect(await inviteCount(call)).toBe(2);
    call.time.advance(1_901);
    await refreshed(call, 200, granting('100;refresher=uac'));

    expect(call.events).toEqual([]);
    await hangUp(call);
  });

  it('waits for the end of a re-INVITE of the client', async () => {
    const call = await setupCall(granting('100;refresher=uac'));

    call.time.advance(49_000);
    const modifying = call.dialog.modify(ANSWER_2);
    const reinvite = await call.peer.request('INVITE');
    call.peer.respond(reinvite, 100);
    call.time.advance(10_000);
    expect(await inviteCount(call)).toBe(2);
    call.peer.respond(reinvite, 488);
    await rejection(modifying);
    call.time.advance(4_000);
    const refresh = await refreshed(call, 200, granting('100;refresher=uac'));

    expect(new TextDecoder().decode(refresh.body)).toBe(OFFER);
    await hangUp(call);
  });

  it('counts an UPDATE of the client as a refresh', async () => {
    const call = await setupCall(granting('100;refresher=uac'));

    call.time.advance(40_000);
    const updating = call.dialog.request({ method: 'UPDATE' });
    const update = await call.peer.request('UPDATE');
    call.peer.respond(update, 200, { headers: granting('100;refresher=uac') });
    await updating;
    call.time.advance(49_999);
    expect(await inviteCount(call)).toBe(1);
    call.time.advance(1);
    await refreshed(call, 200, granting('100;refresher=uac'));

    expect(update.headers.get('Session-Expires')).toBe('100;refresher=uac');
    await hangUp(call);
  });

  it('remembers the minimum that its INVITE named', async () => {
    const call = await setupCall(granting('400'), { ...ASKING, 'Min-SE': '300' });

    call.time.advance(200_000);
    const refresh = await refreshed(call, 200, granting('400'));

    expect(refresh.headers.get('Min-SE')).toBe('300');
    await hangUp(call);
  });

  it('asks for a longer interval after 422', async () => {
    const call = await setupCall(granting('100;refresher=uac'));

    call.time.advance(50_000);
    await refreshed(call, 422, [['Min-SE', '200']]);
    call.time.advance(4_000);
    const second = await refreshed(call, 200, granting('200;refresher=uac'));
    call.time.advance(99_999);
    expect(await inviteCount(call)).toBe(3);

    expect(second.headers.get('Session-Expires')).toBe('200;refresher=uac');
    expect(second.headers.get('Min-SE')).toBe('200');
    await hangUp(call);
  });

  it.each([408, 481])('ends when its refresh is answered by %i', async (status) => {
    const call = await setupCall(granting('1800;refresher=uac'));

    call.time.advance(900_000);
    await refreshed(call, status, []);

    await expired(call);
  });

  it('ends when nothing answers its refresh for 32 s', async () => {
    const call = await setupCall(granting('1800;refresher=uac'));

    call.time.advance(900_000);
    await call.peer.request('INVITE');
    call.time.advance(32_000);

    await expired(call);
  });

  it('leaves its refresh behind when it is hung up in between', async () => {
    const call = await setupCall(granting('100;refresher=uac'));

    call.time.advance(50_000);
    const refresh = await call.peer.request('INVITE');
    call.peer.respond(refresh, 100);
    call.peer.sendWithin(call.invite, 'BYE', nextNumber());
    await call.peer.response('BYE');
    await until(() => call.events.length > 0, 'destroyed');

    expect(call.events).toEqual(['normal release']);
    expect(await isOver(call)).toBe(true);
  });
});

describe('other calls whose session we refresh', () => {
  it('are refreshed with the description of the ACK when the 200 was the offer', async () => {
    const time = new VirtualTime();
    const { srf, peer } = await world.setup({ timers: time, clock: time, timersConfig: {} });
    const calling = srf.createUAC(peer.uri, { headers: { ...ASKING } });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200, { headers: granting('100;refresher=uac') });
    const dialog = await calling;
    const ack = await peer.request('ACK');

    time.advance(50_000);
    const refresh = await peer.request('INVITE');
    peer.respond(refresh, 200, { headers: granting('100;refresher=uac') });
    await peer.request('ACK');

    expect(invite.body).toHaveLength(0);
    expect(ack.body.length).toBeGreaterThan(0);
    expect(refresh.body).toEqual(ack.body);
    const ending = dialog.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;
  });

  it('may have been placed by the peer', async () => {
    const time = new VirtualTime();
    const server = await world.server({ timers: time, clock: time, timersConfig: {} });
    const dialogs: SrfDialog[] = [];
    await world.client(server, (srf) =>
      srf.invite((request, reply) => {
        void srf
          .createUAS(request, reply, { localSdp: ANSWER_2 })
          .then((dialog) => dialogs.push(dialog));
      }),
    );
    const peer = await world.peer();
    const { port } = server.sipAddress;

    const invite = peer.sendTo(port, 'INVITE', {
      callId: 'timed',
      headers: [ABLE, ['Session-Expires', '100;refresher=uas']],
      body: OFFER,
    });
    const response = await peer.response('INVITE');
    peer.sendFollowUp(port, invite, 'ACK', response);
    await until(() => dialogs.length === 1, 'the call is up');
    time.advance(50_000);
    peer.respond(await peer.request('INVITE'), 491);
    await peer.request('ACK');
    // The side that did not begin the call is the first to try again.
    time.advance(2_000);
    const refresh = await peer.request('INVITE');
    peer.respond(refresh, 200, { headers: granting('100;refresher=uac') });
    await peer.request('ACK');

    expect(response.headers.get('Session-Expires')).toBe('100;refresher=uas');
    expect(refresh.headers.get('Contact')).toBe(response.headers.get('Contact'));
    expect(new TextDecoder().decode(refresh.body)).toBe(ANSWER_2);
    const ending = dialogs[0]?.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;
  });
});

describe('a call whose session the peer refreshes', () => {
  it.each([
    { interval: 90, lastsMs: 60_000 },
    { interval: 1800, lastsMs: 1_768_000 },
  ])('of $interval s ends when it does not', async ({ interval, lastsMs }) => {
    const call = await setupCall(granting(`${interval};refresher=uas`));

    call.time.advance(lastsMs - 1);
    expect(call.server.stats().dialogs).toBe(1);
    call.time.advance(1);

    await expired(call);
    expect(call.peer.count('INVITE')).toBe(1);
  });

  it.each(['INVITE', 'UPDATE'])('goes on when it does, by %s', async (method) => {
    const call = await setupCall(granting('90;refresher=uas'));
    const { peer, time, invite } = call;

    for (let round = 0; round < 4; round += 1) {
      const number = nextNumber();
      time.advance(59_999);
      peer.sendWithin(invite, method, number, {
        headers: [ABLE, ['Session-Expires', '90;refresher=uac']],
        ...(method === 'INVITE' ? { body: OFFER } : {}),
      });
      const response = await peer.response(method);
      if (method === 'INVITE') peer.sendWithin(invite, 'ACK', number);
      // The ACK has arrived by then, too.
      expect(await inviteCount(call)).toBe(1);

      expect(response.status).toBe(200);
      expect(response.headers.get('Session-Expires')).toBe('90;refresher=uac');
      expect(response.headers.getAll('Require')).toEqual(['timer']);
    }
    time.advance(60_000);

    const bye = await peer.request('BYE');
    peer.respond(bye, 200);
    await until(() => call.events.includes('Session timer expired'), 'destroyed');
    await until(() => call.server.stats().farewells === 0, 'the BYE is answered');
  });

  it.each(['90;refresher=uas', '90'])(
    'because it was asked to is not refreshed by us, who could not answer a challenge (200: %s)',
    async (granted) => {
      const asking = { ...ASKING, 'Session-Expires': '90;refresher=uas' };
      const call = await setupCall(granting(granted), asking);
      const { peer, time, invite } = call;

      time.advance(59_000);
      const number = nextNumber();
      peer.sendWithin(invite, 'INVITE', number, { headers: [ABLE], body: OFFER });
      await peer.response('INVITE');
      peer.sendWithin(invite, 'ACK', number);
      expect(await inviteCount(call)).toBe(1);
      time.advance(59_000);

      expect(await inviteCount(call)).toBe(1);
      expect(call.server.stats().dialogs).toBe(1);
      await hangUp(call);
    },
  );

  it('lasts as long as the client grants, if it does so itself', async () => {
    const call = await setupCall(granting('90;refresher=uas'));
    call.acceptance.headers = { 'Session-Expires': '300;refresher=uac', Require: 'timer' };

    const number = nextNumber();
    call.peer.sendWithin(call.invite, 'INVITE', number, {
      headers: [ABLE, ['Session-Expires', '600']],
      body: OFFER,
    });
    const response = await call.peer.response('INVITE');
    call.peer.sendWithin(call.invite, 'ACK', number);
    expect(await inviteCount(call)).toBe(1);
    call.time.advance(267_999);
    expect(call.server.stats().dialogs).toBe(1);
    call.time.advance(1);

    expect(response.headers.getAll('Session-Expires')).toEqual(['300;refresher=uac']);
    expect(response.headers.getAll('Require')).toEqual(['timer']);
    expect(call.server.stats().dialogs).toBe(0);
    call.peer.respond(await call.peer.request('BYE'), 200);
    await until(() => call.server.stats().farewells === 0, 'the BYE is answered');
  });

  it('is refreshed by us when the peer hands that over', async () => {
    const call = await setupCall(granting('90;refresher=uas'));
    const { peer, time, invite } = call;

    peer.sendWithin(invite, 'UPDATE', nextNumber(), {
      headers: [ABLE, ['Session-Expires', '120;refresher=uas']],
    });
    const response = await peer.response('UPDATE');
    time.advance(60_000);
    await refreshed(call, 200, granting('120;refresher=uac'));

    expect(response.headers.get('Session-Expires')).toBe('120;refresher=uas');
    expect(response.headers.has('Require')).toBe(false);
    await hangUp(call);
  });
});

describe('an interval that is too short', () => {
  it.each(['INVITE', 'UPDATE'])('is refused with 422 in a %s of the peer', async (method) => {
    const call = await setupCall(granting('90;refresher=uas'));
    const { peer, time, invite } = call;

    time.advance(30_000);
    peer.sendWithin(invite, method, nextNumber(), { headers: [ABLE, ['Session-Expires', '89']] });
    const response = await peer.response(method);

    expect([response.status, response.headers.get('Min-SE')]).toEqual([422, '90']);
    expect(call.events).toEqual([]);
    time.advance(30_000);
    await expired(call);
  });

  it('is refused with 422 in a new call of the peer', async () => {
    const server = await world.server();
    await world.client(server, (srf) => srf.invite((_request, reply) => reply.send(486)));
    const peer = await world.peer();

    peer.sendTo(server.sipAddress.port, 'INVITE', {
      callId: 'short',
      headers: [ABLE, ['Session-Expires', '60']],
      body: OFFER,
    });
    const response = await peer.response('INVITE');

    expect([response.status, response.headers.get('Min-SE')]).toEqual([422, '90']);
  });

  it('of ours is refused by the peer: the client hears of the 422', async () => {
    const { srf, peer } = await world.setup();

    const failed = rejection(srf.createUAC(peer.uri, { localSdp: OFFER, headers: { ...ASKING } }));
    const invite = await peer.request('INVITE');
    peer.respond(invite, 422, { headers: [['Min-SE', '3600']] });

    expect((await failed).status).toBe(422);
  });
});
