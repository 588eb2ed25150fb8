import { Secret } from '#foundation';
import { digestProblem } from '#testkit';
import type { ExpectedDigest } from '#testkit';
import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  ASKS,
  CHALLENGE,
  EXPECTED,
  OFFER,
  REQUEST,
  WITH_LOGIN,
  answered,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('digest', () => {
  it('answers a challenge once; the second one means a wrong password', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('INVITE');
    world.server.respond(world.server.take(retry), { status: '407 Auth', headers: [CHALLENGE] });
    await observer.until('ended');

    expect(retry.headers.get('proxy-authorization')).toMatch(/^Digest username="studio"/);
    expect(retry.headers.get('call-id')).toBe(observer.identity?.sipCallId);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.code).toBe('SIP_AUTH_REFUSED');
    expect(observer.detail).toContain('the credentials were refused');
  });

  it.each<[string, string[], Partial<ExpectedDigest>]>([
    ['SHA-256 alone', [`${ASKS}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['MD5 and SHA-256', [ASKS, `${ASKS}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['SHA-256 and MD5', [`${ASKS}, algorithm=SHA-256`, ASKS], { algorithm: 'SHA-256' }],
    ['SHA-512-256', [ASKS, `${ASKS}, algorithm=SHA-512-256`], { algorithm: 'SHA-512-256' }],
    [
      'a session',
      [`${ASKS}, algorithm=MD5-sess, qop="auth"`],
      { algorithm: 'MD5-sess', qop: 'auth' },
    ],
    ['the body too', [`${ASKS}, qop="auth-int"`], { qop: 'auth-int' }],
    [
      'a realm with comma and quotes',
      [String.raw`Digest realm="Acme, \"Inc\"", nonce="n1"`],
      { realm: 'Acme, "Inc"' },
    ],
  ])('answers %s', async (_name, challenges, expected) => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    const headers = challenges.map((text) => `WWW-Authenticate: ${text}`);
    world.server.respond(invite, { status: '401 Unauthorized', headers });
    const retry = await world.server.next('INVITE');
    world.server.respond(world.server.take(retry), { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const answer = retry.headers.get('authorization') ?? '';
    expect(digestProblem(answer, { ...EXPECTED, ...expected })).toBeUndefined();
    expect(observer.heard).toEqual(['inviteSent', 'answered']);
  });

  it('sends the same INVITE again: same dialog, next CSeq, to where the challenge came from', async () => {
    const world = await connected();
    const request = { ...WITH_LOGIN, to: 'sip:bob@sip.test;transport=tcp' };
    const { observer, invite } = await dialled(world, request);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('INVITE');
    const second = world.server.take(retry);

    const cseq = Number(invite.repeated.at(-1)?.split(' ')[1]);
    expect(retry.headers.get('cseq')).toBe(`${cseq + 1} INVITE`);
    expect(retry.headers.get('from')).toContain(`;tag=${observer.identity?.fromTag ?? ''}`);
    expect(retry.proxy).toBe('sip:127.0.0.1:5999;transport=tcp');
    expect(retry.uri).toBe(request.to);
    expect(retry.body).toBe(OFFER);
    expect(second.dialogId).toBe(observer.identity?.dialogId);
  });

  it('escapes a login with quotes and backslashes', async () => {
    const world = await connected();
    const auth = { username: 'a"b\\', password: new Secret('hunter2') };
    const { invite } = await dialled(world, { ...REQUEST, auth });

    world.server.respond(invite, { status: '401 Auth', headers: [`WWW-Authenticate: ${ASKS}`] });
    const retry = await world.server.next('INVITE');

    const answer = retry.headers.get('authorization') ?? '';
    expect(digestProblem(answer, { ...EXPECTED, username: 'a"b\\' })).toBeUndefined();
    world.server.take(retry);
  });

  it('answers a stale nonce once more, not for ever', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);
    const stale = (nonce: string): string[] => [
      `WWW-Authenticate: Digest realm="sip.test", nonce="${nonce}", stale=true`,
    ];

    const answers: string[] = [];
    let last = invite;
    for (const nonce of ['n1', 'n2']) {
      world.server.respond(last, { status: '401 Unauthorized', headers: stale(nonce) });
      const retry = await world.server.next('INVITE');
      answers.push(
        digestProblem(retry.headers.get('authorization') ?? '', { ...EXPECTED, nonce }) ?? 'right',
      );
      last = world.server.take(retry);
    }
    world.server.respond(last, { status: '401 Unauthorized', headers: stale('n3') });
    await observer.until('ended');

    expect(answers).toEqual(['right', 'right']);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.code).toBe('SIP_AUTH_REFUSED');
  });

  it('is not answered after a hang-up: the challenge ends the call as the CANCEL would have', async () => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world, WITH_LOGIN);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    await gone;

    expect(observer.end).toEqual({ kind: 'canceled' });
    expect(world.server.commands.filter(({ method }) => method === 'INVITE')).toHaveLength(1);
  });

  it('cancels the second INVITE when the hang-up comes while it is on its way', async () => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world, WITH_LOGIN);
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('INVITE');

    const gone = leg.hangUp();
    const second = world.server.take(retry);
    const cancel = await world.server.next('CANCEL');
    world.server.respond(second, { status: '487 Request Terminated' });
    await gone;

    expect(cancel.txnId).toBe(second.txnId);
    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('is unreachable when the second INVITE cannot be sent', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    world.server.refuse(await world.server.next('INVITE'), 'requested protocol not available');
    await observer.until('ended');

    expect(observer.code).toBe('SIP_UNREACHABLE');
  });

  it.each([
    ['comes from elsewhere', { headers: [CHALLENGE], sourceAddress: '192.0.2.66' }],
    ['is for another realm', { headers: [CHALLENGE.replace('sip.test', 'evil.test')] }],
  ])('leaves a challenge to BYE alone that %s', async (_name, response) => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world, WITH_LOGIN);
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const gone = leg.hangUp();
    const bye = world.server.take(await world.server.next('BYE'));
    world.server.respond(bye, { status: '407 Auth', ...response });
    await gone;

    expect(bye.command.headers.get('proxy-authorization')).toBeUndefined();
    expect(world.server.commands.filter(({ method }) => method === 'BYE')).toHaveLength(1);
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('takes 403 after credentials as a refusal of them', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '403 Forbidden' });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_AUTH_REFUSED');
  });

  it('leaves nothing of one call in the next: srf writes into the headers it is given', async () => {
    const world = await connected();
    const first = await dialled(world, WITH_LOGIN);
    world.server.respond(first.invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '486 Busy' });
    await first.observer.until('ended');

    const second = await dialled(world, WITH_LOGIN);

    for (const name of ['call-id', 'cseq', 'proxy-authorization', 'authorization']) {
      expect(second.command.headers.get(name)).toBeUndefined();
    }
    expect(second.command.headers.get('from')).not.toContain('tag=');
  });

  it('answers a challenge to BYE with the URI of the peer, not with a placeholder', async () => {
    const world = await connected();
    const { leg, observer } = await answered(world, WITH_LOGIN);

    const gone = leg.hangUp();
    const bye = world.server.take(await world.server.next('BYE'));
    world.server.respond(bye, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('BYE');
    world.server.respond(world.server.take(retry), { status: '200 OK' });
    await gone;

    expect(retry.headers.get('proxy-authorization')).toContain('uri="sip:peer@127.0.0.1:5999"');
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('fails with 401 when the challenge cannot be read, and the next call is not harmed', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '401 Unauthorized' });
    await observer.until('ended');
    const next = await answered(world, WITH_LOGIN);

    expect(observer.detail).toContain('the challenge could not be answered');
    expect(next.observer.heard).toContain('answered');
  });

  it('answers an early UPDATE after a challenge', async () => {
    const world = await connected();
    const { invite, observer } = await dialled(world, WITH_LOGIN);
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '180 Ringing' });
    await observer.until('rang');

    const txnId = world.server.request(retry, 'UPDATE', { body: ANSWER });
    const reply = await world.server.next('200');

    expect(reply.txnId).toBe(txnId);
    expect(reply.body).toBe(OFFER);
  });
});
