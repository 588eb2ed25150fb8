import { describe, expect, it } from 'vitest';
import { answered, connected, dialerWorld } from '../../../../test/support/dialer-world.ts';

describe('an orphan', () => {
  it.each([
    ['200 OK', 'ended'],
    ['481 Call Does Not Exist', 'unknown'],
    ['408 Request Timeout', 'unreachable'],
  ])('whose BYE is answered with %s is %s', async (status, outcome) => {
    const { server, dialer } = await connected();

    const ended = dialer.endOrphan('call;from-tag=1');
    const bye = await server.next('BYE');
    server.respond(server.take(bye), { status });

    expect(bye.dialogId).toBe('call;from-tag=1');
    expect(await ended).toBe(outcome);
  });

  it('that the server does not know is unknown', async () => {
    const { server, dialer } = await connected();

    const ended = dialer.endOrphan('call;from-tag=1');
    server.refuse(await server.next('BYE'), 'Server error: unable to find dialog for dialog id');

    expect(await ended).toBe('unknown');
  });

  it('whose BYE is not answered in 2 s is unreachable', async () => {
    const { server, dialer, time } = await connected();

    const ended = dialer.endOrphan('call;from-tag=1');
    server.take(await server.next('BYE'));
    time.advance(2000);

    expect(await ended).toBe('unreachable');
  });

  it('with an id that would break the frame is unknown, and nothing is sent', async () => {
    const { server, dialer } = await connected();

    const outcomes = await Promise.all(
      ['a|b', 'a\r\nb', 'x'.repeat(600)].map(async (id) => await dialer.endOrphan(id)),
    );

    expect(outcomes).toEqual(['unknown', 'unknown', 'unknown']);
    expect(server.commands).toEqual([]);
  });

  it('that is a live call of ours is hung up like one', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);

    const ended = world.dialer.endOrphan(invite.dialogId);
    world.server.respond(world.server.take(await world.server.next('BYE')), { status: '200 OK' });

    expect(await ended).toBe('ended');
    expect(observer.code).toBe('hungUp');
  });

  it('without a connection is unreachable', async () => {
    const { dialer } = await dialerWorld();

    expect(await dialer.endOrphan('call;from-tag=1')).toBe('unreachable');
  });
});
