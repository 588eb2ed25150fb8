import type { FakeResponse } from '#testkit';
import { describe, expect, it } from 'vitest';
import { WITH_LOGIN, connected, dialled } from '../../../../test/support/dialer-world.ts';

describe('who is answered', () => {
  const NAMED = { ...WITH_LOGIN, to: 'sip:bob@pbx.test' };
  const ask = (sourceAddress: string, nonce: string): FakeResponse => ({
    status: '407 Proxy Authentication Required',
    headers: [`Proxy-Authenticate: Digest realm="sip.test",nonce="${nonce}",stale=true`],
    sourceAddress,
  });

  it('is the host that asked first; the INVITE goes there again, and to nobody else', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, NAMED);

    world.server.respond(invite, ask('192.0.2.1', 'n1'));
    const retry = await world.server.next('INVITE');
    world.server.respond(world.server.take(retry), ask('192.0.2.66', 'n2'));
    await observer.until('ended');

    expect(retry.proxy).toBe('sip:192.0.2.1:5999');
    expect(observer.code).toBe('SIP_AUTH_REFUSED');
    expect(world.server.commands.filter(({ method }) => method === 'INVITE')).toHaveLength(2);
  });

  it('may be any host of the name on TLS, where the certificate says who it is', async () => {
    const world = await connected();
    const { invite } = await dialled(world, { ...NAMED, to: 'sips:bob@pbx.test' });

    world.server.respond(invite, ask('192.0.2.1', 'n1'));
    world.server.respond(
      world.server.take(await world.server.next('INVITE')),
      ask('192.0.2.66', 'n2'),
    );
    const third = await world.server.next('INVITE');

    expect(third.proxy).toBe('');
    expect(third.headers.get('proxy-authorization')).toContain('nonce="n2"');
  });
});
