import { describe, expect, it } from 'vitest';
import { ANSWER, OFFER, answered, connected } from '../../../../test/support/dialer-world.ts';

describe('session changes', () => {
  const REOFFER = ANSWER.replace('6000', '7000');
  const REANSWER = OFFER.replace('1 1 IN', '1 2 IN');

  it.each(['INVITE', 'UPDATE'])('an offer by %s is answered by the observer', async (method) => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.answerTo = (sdp) => (sdp === REOFFER ? REANSWER : undefined);

    const txnId = world.server.request(invite, method, { body: REOFFER });
    const reply = await world.server.next('200');

    expect(reply.txnId).toBe(txnId);
    expect(reply.body).toBe(REANSWER);
    expect(reply.headers.get('content-type')).toBe('application/sdp');
    expect(reply.headers.get('contact')).toBe('<sip:127.0.0.1:5060>');
  });

  it('an offer that the observer refuses gets 488', async () => {
    const world = await connected();
    const { invite } = await answered(world);

    const txnId = world.server.request(invite, 'INVITE', { body: REOFFER });

    expect((await world.server.next('488')).txnId).toBe(txnId);
  });

  it('an observer that throws at an offer gets 500 sent and its call ended', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.throwAt = 'reoffered';

    const txnId = world.server.request(invite, 'INVITE', { body: REOFFER });
    const reply = await world.server.next('500');
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await observer.until('ended');

    expect(reply.txnId).toBe(txnId);
    expect(observer.code).toBe('CALL_BROKEN');
  });

  it('a re-INVITE without SDP gets our offer, and its ACK brings the answer', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.nextOffer = REANSWER;

    world.server.request(invite, 'INVITE');
    const reply = await world.server.next('200');
    world.server.request(invite, 'ACK', { body: REOFFER });
    await observer.until(`offer answered by ${REOFFER}`);

    expect(reply.body).toBe(REANSWER);
    expect(observer.heard).not.toContain('reoffered');
  });

  it('the ACK of a later re-INVITE is no answer to our offer', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.nextOffer = REANSWER;
    observer.answerTo = () => REANSWER;

    world.server.request(invite, 'INVITE');
    await world.server.next('200');
    world.server.request(invite, 'INVITE', { body: REOFFER });
    await world.server.next('200');
    world.server.request(invite, 'ACK', { body: REOFFER });
    world.server.request(invite, 'UPDATE', { body: REOFFER });
    await world.server.next('200');

    expect(observer.heard.filter((what) => what.startsWith('offer answered'))).toEqual([]);
  });

  it('a re-INVITE without SDP is refused when we make no offer', async () => {
    const world = await connected();
    const { invite } = await answered(world);

    const txnId = world.server.request(invite, 'INVITE');

    expect((await world.server.next('488')).txnId).toBe(txnId);
  });

  it('an UPDATE without SDP is only a refresh', async () => {
    const world = await connected();
    const { invite } = await answered(world);

    world.server.request(invite, 'UPDATE');

    expect((await world.server.next('200')).body).toBe('');
  });

  it('a change while we hang up gets 481', async () => {
    const world = await connected();
    const { leg, invite } = await answered(world);

    const gone = leg.hangUp();
    const bye = await world.server.next('BYE');
    const txnId = world.server.request(invite, 'INVITE', { body: REOFFER });
    const reply = await world.server.next('481');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await gone;

    expect(reply.txnId).toBe(txnId);
  });

  it.each([
    { method: 'REFER', headers: ['Refer-To: <sip:c@d>'], status: '603' },
    { method: 'MESSAGE', headers: [], status: '405' },
    { method: 'PUBLISH', headers: ['Event: presence'], status: '405' },
    { method: 'NOTIFY', headers: ['Event: refer'], status: '481' },
    { method: 'SUBSCRIBE', headers: ['Event: dialog'], status: '489' },
    { method: 'INFO', headers: ['Info-Package: x'], status: '415' },
    { method: 'INFO', headers: [], status: '200' },
    { method: 'OPTIONS', headers: [], status: '200' },
  ])(
    '$method $headers within a call is answered by $status',
    async ({ method, headers, status }) => {
      const world = await connected();
      const { observer, invite } = await answered(world);

      const txnId = world.server.request(invite, method, { headers });
      const reply = await world.server.next(status);

      expect(reply.txnId).toBe(txnId);
      expect(reply.headers.has('allow')).toBe(status === '405' || method === 'OPTIONS');
      expect(observer.heard).toEqual(['inviteSent', 'answered']);
    },
  );
});
