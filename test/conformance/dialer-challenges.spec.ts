import { Secret } from '#foundation';
import type { ExpectedDigest } from '#testkit';
import { describe, expect, it } from 'vitest';
import { dialerWorld, dial, answerTo, problemOf, HUNTER2 } from './support/dialer-world.ts';

describe('a challenged call', () => {
  const base = 'Proxy-Authenticate: Digest realm="sip.test", nonce="n1"';
  const challenge = { headers: [`${base}, qop="auth", algorithm=MD5`] };

  it.each<[string, string[], Partial<ExpectedDigest>]>([
    ['MD5 with qop', challenge.headers, { qop: 'auth' }],
    ['MD5 without qop', [base], {}],
    ['SHA-256 alone', [`${base}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['both offered', [base, `${base}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['both the other way', [`${base}, algorithm=SHA-256`, base], { algorithm: 'SHA-256' }],
    ['auth-int', [`${base}, qop="auth-int"`], { qop: 'auth-int' }],
    [
      'a realm with comma and quotes',
      [String.raw`Proxy-Authenticate: Digest realm="Acme, \"Inc\"", nonce="n1"`],
      { realm: 'Acme, "Inc"' },
    ],
  ])('is answered and hung up, BYE challenged too: %s', async (_name, headers, expected) => {
    const world = await dialerWorld();
    const { ear, leg } = dial(world, { auth: HUNTER2 });

    const first = await world.peer.next('INVITE');
    world.peer.reply(first, '407 Challenge', { headers });
    const retry = await world.peer.next('INVITE');
    world.peer.reply(retry, '200 OK', { body: answerTo(retry) });
    await ear.until('answered');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '407 Challenge', { headers });
    const bye = await world.peer.next('BYE');
    world.peer.reply(bye, '200 OK');
    await gone;

    expect(problemOf(retry, expected)).toBeUndefined();
    expect(problemOf(bye, { ...expected, nonceCount: 2 })).toBeUndefined();
    expect(ear.end).toEqual({ kind: 'hungUp' });
    expect(ear.ladder).toEqual([
      ...['out INVITE', 'in 407', 'out INVITE', 'in 200', 'out ACK'],
      ...['out BYE', 'in 407', 'out BYE', 'in 200'],
    ]);
    for (const name of ['call-id', 'from']) {
      expect(retry.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(ear.identity?.sipCallId).toBe(retry.headers.get('call-id'));
    expect(Number.parseInt(retry.headers.get('cseq') ?? '', 10)).toBe(
      Number.parseInt(first.headers.get('cseq') ?? '', 10) + 1,
    );
  });

  it('with the wrong password is refused', async () => {
    const world = await dialerWorld();
    const auth = { ...HUNTER2, password: new Secret('wrong') };
    const { ear } = dial(world, { auth });

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);
    const retry = await world.peer.next('INVITE');
    world.peer.reply(retry, '407 Challenge', challenge);

    expect(problemOf(retry, { qop: 'auth' })).toBe('wrong password');
    expect(await ear.outcome()).toBe('SIP_AUTH_REFUSED');
  });

  it('with a nonce that grew old is answered once more', async () => {
    const world = await dialerWorld();
    const { ear, leg } = dial(world, { auth: HUNTER2 });
    const stale = { headers: [`${base.replace('n1', 'n2')}, stale=true`] };

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);
    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', stale);
    const retry = await world.peer.next('INVITE');
    world.peer.reply(retry, '200 OK', { body: answerTo(retry) });
    await ear.until('answered');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(problemOf(retry, { nonce: 'n2' })).toBeUndefined();
  });

  it('of a realm that is not on the list is refused, and the password is not sent', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world, { auth: { ...HUNTER2, realms: ['sip.example', 'pbx.example'] } });

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);
    await world.peer.next('ACK');

    expect(await ear.outcome()).toBe('SIP_AUTH_REFUSED');
    expect(ear.end).toMatchObject({
      fault: { detail: expect.stringContaining('the challenge could not be answered') as unknown },
    });
  });

  it('without any password is refused', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world);

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);

    expect(await ear.outcome()).toBe('SIP_AUTH_REFUSED');
  });
});
