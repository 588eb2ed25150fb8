import { buildAnswer, buildOffer, readAnswer } from '#protocol/sdp';
import { startSippCallee } from '#testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PeerMessage } from './support/udp-sip-peer.ts';
import {
  OURS,
  THEIRS,
  OFFER,
  HOST,
  dialerWorld,
  dial,
  answerTo,
  answered,
} from './support/dialer-world.ts';

describe('a call over the whole signalling', () => {
  it('rings, has early media, is answered, and the peer hangs up', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '100 Trying');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');
    world.peer.reply(invite, '183 Session Progress', { body: answerTo(invite) });
    await ear.until('earlyMedia');
    world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
    await world.peer.next('ACK');
    world.peer.request(invite, 'BYE');
    await world.peer.next('200');

    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toEqual(['inviteSent', 'rang', 'earlyMedia', 'answered', 'ended']);
    expect(readAnswer(ear.remoteSdp, OURS)).toMatchObject({
      codec: 'PCMU',
      remote: { address: HOST, port: 30_000, rtcpPort: 30_001 },
      isHeld: false,
    });
    expect(invite.body).toBe(OFFER);
    expect(invite.headers.get('from')).toMatch(
      /^"Studio 1" <sip:studio@127\.0\.0\.1(?::\d+)?>;tag=/,
    );
    expect(ear.identity?.sipCallId).toBe(invite.headers.get('call-id'));
  });

  it('rings reliably when the callee insists on it', async () => {
    const world = await dialerWorld();
    const callee = await startSippCallee({
      behaviour: { type: 'answer', isRingingReliable: true },
    });
    onTestFinished(async () => await callee.stop());

    const { ear, leg } = dial(world, { to: callee.uri() });
    await ear.until('answered');
    await leg.hangUp();

    expect(ear.heard).toEqual(['inviteSent', 'earlyMedia', 'answered', 'ended']);
    expect(callee.messages()).toContain('PRACK sip:');
    expect(callee.errors()).toBe('');
  });

  it('takes the description of the fork that answers, when only its reliable response had one', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');
    const ring = async (port: number, fork: { tag?: string } = {}): Promise<void> => {
      const { sdp: body } = buildAnswer(invite.body, { ...THEIRS, port });
      const headers = ['Require: 100rel', 'RSeq: 7'];
      world.peer.reply(invite, '183 Session Progress', { ...fork, headers, body });
      world.peer.reply(await world.peer.next('PRACK'), '200 OK');
    };

    await ring(30_004);
    await ring(30_006, { tag: 'other' });
    world.peer.reply(invite, '200 OK');
    await world.peer.next('ACK');
    await ear.until('answered');
    world.peer.request(invite, 'BYE');

    expect(readAnswer(ear.remoteSdp, OURS).remote?.port).toBe(30_004);
    expect(await ear.outcome()).toBe('peerLeft');
  });

  it('says why the peer has hung up', async () => {
    const world = await dialerWorld();
    const { ear, invite } = await answered(world);

    world.peer.request(invite, 'BYE', '', [
      'Reason: Q.850;cause=27;text="trunk"',
      'Warning: 399 x "y"',
    ]);

    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.end).toMatchObject({
      detail: expect.stringContaining(
        'reason: Q.850;cause=27;text="trunk" (the destination is out of order); warning: 399 x "y"',
      ) as string,
    });
  });

  it('is hung up by us', async () => {
    const world = await dialerWorld();
    const { ear, leg } = await answered(world);

    const gone = leg.hangUp('over');
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(ear.end).toEqual({ kind: 'hungUp' });
  });

  it('is put on hold and taken back by the peer', async () => {
    const world = await dialerWorld();
    const { ear, invite } = await answered(world);

    world.peer.request(invite, 'INVITE', buildOffer(THEIRS).replace('a=sendrecv', 'a=inactive'));
    const held = await world.peer.next('200');
    world.peer.request(invite, 'BYE');

    expect(readAnswer(held.body, THEIRS)).toMatchObject({ direction: 'inactive', isHeld: true });
    expect(held.body).toContain('o=- 1 2 IN IP4');
    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toContain('reoffered');
  });

  it('makes a whole offer when the peer asks for one, and hears the answer in the ACK', async () => {
    const world = await dialerWorld();
    const { ear, invite } = await answered(world);
    world.peer.request(invite, 'INVITE', buildOffer({ ...THEIRS, codecs: ['PCMA'] }));
    const narrow = await world.peer.next('200');
    world.peer.request(invite, 'ACK');

    world.peer.request(invite, 'INVITE');
    const offer = await world.peer.next('200');
    world.peer.request(invite, 'ACK', buildAnswer(offer.body, { ...THEIRS, port: 30_002 }).sdp);
    await ear.until('offerAnswered');
    world.peer.request(invite, 'BYE');

    expect(narrow.body).toContain('m=audio 20000 RTP/AVP 8 101\r\n');
    expect(offer.body).toBe(OFFER.replace('o=- 1 1 ', 'o=- 1 3 '));
    expect(readAnswer(ear.remoteSdp, OURS).remote?.port).toBe(30_002);
    expect(await ear.outcome()).toBe('peerLeft');
  });

  it('is placed again with the session interval that the peer wants, and refreshed by the peer', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world);
    const first = await world.peer.next('INVITE');

    world.peer.reply(first, '422 Session Interval Too Small', { headers: ['Min-SE: 3600'] });
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '200 OK', {
      headers: ['Require: timer', 'Session-Expires: 3600;refresher=uas'],
      body: answerTo(invite),
    });
    await ear.until('answered');
    const headers = ['Supported: timer', 'Session-Expires: 3600;refresher=uac'];
    world.peer.request(invite, 'INVITE', buildOffer(THEIRS), headers);
    const refreshed = await world.peer.next('200');
    world.peer.request(invite, 'BYE');

    const sequence = (each: PeerMessage): number => parseInt(each.headers.get('cseq') ?? '', 10);
    expect(first.headers.get('session-expires')).toBe('1800');
    expect(invite.headers.get('session-expires')).toBe('3600');
    expect(sequence(invite)).toBe(sequence(first) + 1);
    for (const name of ['call-id', 'from']) {
      expect(invite.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(refreshed.headers.get('session-expires')).toBe('3600;refresher=uac');
    expect(refreshed.headers.get('require')).toBe('timer');
    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toEqual(['inviteSent', 'answered', 'reoffered', 'ended']);
  });

  it('ends by a BYE right behind the answer', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
    world.peer.request(invite, 'BYE');

    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toEqual(['inviteSent', 'answered', 'ended']);
  });
});

describe('headers of the client', () => {
  it('are on the wire as they were given, also beyond ASCII', async () => {
    const world = await dialerWorld();
    const callee = await startSippCallee();
    onTestFinished(async () => await callee.stop());
    const headers = {
      'X-Show': 'Morgenmagazin ☕ | "1"',
      'x-lower-Case': 'Ä',
      Subject: 'Grüße, Welt',
      'P-Asserted-Identity': '"Studio" <sip:+4930@example.com>',
      Privacy: 'id',
      'User-to-User': '56a390f3;encoding=hex',
      Diversion: '<sip:a@example.com>;reason=unconditional',
    };
    const { ear, leg } = dial(world, { to: callee.uri(), headers });
    await ear.until('answered');
    await leg.hangUp();

    const sent = Buffer.from(callee.messages(), 'latin1').toString('utf8');
    const invite = sent.slice(sent.indexOf('INVITE sip:'), sent.indexOf('SIP/2.0 180'));
    for (const [name, value] of Object.entries(headers)) {
      const line = `${name}: ${value}`.toLowerCase();
      expect(invite.toLowerCase().split(/\r?\n/)).toContain(line);
    }
    expect(invite.match(/^(?:via|from|to|call-id|cseq|contact):/gim)).toHaveLength(6);
  });
});
