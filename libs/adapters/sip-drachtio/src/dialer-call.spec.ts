import { BugError } from '#foundation';
import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  OFFER,
  REQUEST,
  Recorder,
  answered,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('a call', () => {
  it('is placed, rings, is answered and ended by the peer', async () => {
    const world = await connected();
    const { observer, leg, invite, command } = await dialled(world);

    world.server.respond(invite, { status: '180 Ringing' });
    world.server.respond(invite, { status: '183 Session Progress', body: OFFER });
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await observer.until('answered');
    world.server.request(invite, 'BYE', { headers: ['Reason: Q.850;cause=16;text="bye"'] });
    await observer.until('ended');
    await leg.hangUp();

    expect(observer.heard).toEqual([
      'inviteSent',
      'rang',
      `early ${OFFER.length}`,
      'answered',
      'ended',
    ]);
    expect(observer.end).toEqual({
      kind: 'peerLeft',
      detail: 'BYE; normal release; reason: Q.850;cause=16;text="bye" (normal clearing)',
    });
    expect(observer.identity).toEqual({
      dialogId: invite.dialogId,
      sipCallId: invite.dialogId.split(';')[0],
      fromTag: invite.dialogId.split('from-tag=')[1],
    });
    expect(command.uri).toBe(REQUEST.to);
    expect(command.body).toBe(OFFER);
    expect(command.headers.get('from')).toBe('"Studio 1" <sip:studio@localhost>');
    expect(command.headers.get('allow')).not.toContain('UPDATE');
  });

  it('is hung up by us: BYE with the reason, and the end after its answer', async () => {
    const world = await connected();
    const { observer, leg } = await answered(world);

    const gone = leg.hangUp('limit "reached"');
    const bye = await world.server.next('BYE');
    const before = observer.heard.includes('ended');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await gone;

    expect(before).toBe(false);
    expect(observer.end).toEqual({ kind: 'hungUp' });
    expect(bye.headers.get('reason')).toBe('Q.850;cause=16;text="limit \\"reached\\""');
  });

  it('takes the early description when the 200 has none', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, { status: '183 Session Progress', body: ANSWER });
    world.server.respond(invite, { status: '200 OK' });

    await observer.until('answered');
    expect(observer.heard).toContain('answered');
  });

  it('takes that of the fork which answers, whoever was early last', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    const status = '183 Session Progress';
    world.server.respond(invite, { status, body: ANSWER });
    world.server.respond(invite, { status, body: OFFER, toTag: 'other' });
    world.server.respond(invite, { status: '200 OK' });

    await observer.until('answered');
    expect(observer.heard.filter((what) => what.startsWith('early'))).toHaveLength(2);
  });

  it('goes through the outbound proxy', async () => {
    const world = await connected();

    const { command } = await dialled(world, { ...REQUEST, outboundProxy: 'sip:proxy.test;lr' });

    expect(command.proxy).toBe('sip:proxy.test;lr');
  });

  it('carries the headers of the client, and none of them replaces ours', async () => {
    const world = await connected();
    const headers = { 'X-Show': 'Morgenmagazin ☕ | 1', Subject: 'Grüße' };

    const { command } = await dialled(world, { ...REQUEST, headers });

    expect(command.headers.get('x-show')).toBe(headers['X-Show']);
    expect(command.headers.get('subject')).toBe(headers.Subject);
    expect(command.body).toBe(OFFER);
  });

  it.each([
    ['a header of the stack', { headers: { Route: '<sip:evil.test>' } }],
    ['a line break in a header', { headers: { 'X-A': 'a\r\nVia: b' } }],
    ['a line break in the name of a header', { headers: { 'X-A\r\nVia': 'b' } }],
    ['more headers than the real server reads', { headers: { 'X-A': 'x'.repeat(600) } }],
    ['an INVITE longer than 8 kB', { sdpOffer: `v=0${'x'.repeat(7800)}` }],
    ['a line break in the address', { to: 'sip:a@b\r\nX: 1' }],
    ['a field mark in the proxy', { outboundProxy: 'sip:a|b' }],
    ['a line break in the display name', { from: { displayName: 'a\r\nX: 1' } }],
    ['a zero in the user', { from: { user: 'a\0' } }],
    ['a host of From that is none', { from: { domain: 'a>b' } }],
    ['no offer', { sdpOffer: '' }],
    ['an offer longer than the real server reads', { sdpOffer: `v=0${'x'.repeat(8000)}` }],
  ])('is a bug of ours with %s', async (_what, change) => {
    const { dialer } = await connected();

    expect(() => dialer.dial({ ...REQUEST, ...change }, new Recorder())).toThrow(BugError);
  });
});
