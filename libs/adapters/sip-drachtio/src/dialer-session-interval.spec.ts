import type { FakeTransaction } from '#testkit';
import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  CHALLENGE,
  WITH_LOGIN,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('a session interval', () => {
  const TOO_SHORT = { status: '422 Session Interval Too Small', headers: ['Min-SE: 3600'] };

  it('of half an hour is asked for', async () => {
    const { command } = await dialled(await connected());

    expect(command.headers.get('supported')).toBe('timer, 100rel');
    expect(command.headers.get('session-expires')).toBe('1800');
    expect(command.headers.get('min-se')).toBe('90');
  });

  it('is kept by the peer when the call has a login: our server could not answer a challenge', async () => {
    const { command } = await dialled(await connected(), WITH_LOGIN);

    expect(command.headers.get('session-expires')).toBe('1800;refresher=uas');
  });

  it('that the peer finds too short is made longer, in the same call', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, TOO_SHORT);
    const command = await world.server.next('INVITE');
    const repeated = world.server.take(command);
    world.server.respond(repeated, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const sequence = (each: FakeTransaction): number =>
      Number(/CSeq: (\d+)/i.exec(each.repeated.join())?.[1]);
    expect(command.headers.get('session-expires')).toBe('3600');
    expect(command.headers.get('min-se')).toBe('3600');
    expect(command.headers.get('from')).toContain(`;tag=${observer.identity?.fromTag ?? '?'}`);
    expect(repeated.dialogId).toBe(invite.dialogId);
    expect(sequence(repeated)).toBe(sequence(invite) + 1);
    expect(observer.heard).toEqual(['inviteSent', 'answered']);
  });

  it('is made longer only once', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, TOO_SHORT);
    world.server.respond(world.server.take(await world.server.next('INVITE')), TOO_SHORT);
    await observer.until('ended');

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.detail).toContain('422');
  });

  it.each(['Min-SE: 89', 'Min-SE: soon', 'Min-SE: 12345678', 'X-Other: 1'])(
    'is not made longer after a 422 with %s',
    async (header) => {
      const world = await connected();
      const { observer, invite } = await dialled(world);

      world.server.respond(invite, { ...TOO_SHORT, headers: [header] });
      await observer.until('ended');

      expect(observer.detail).toContain('422');
    },
  );

  it('is made longer with the login that was asked for before', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    const takeNext = async (): Promise<FakeTransaction> =>
      world.server.take(await world.server.next('INVITE'));
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    world.server.respond(await takeNext(), TOO_SHORT);
    const last = await takeNext();
    world.server.respond(last, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect(last.command.headers.get('proxy-authorization')).toContain('nc=00000002');
    expect(last.command.headers.get('session-expires')).toBe('3600;refresher=uas');
    expect(last.dialogId).toBe(invite.dialogId);
  });

  it('is not waited for by a call that is cancelled meanwhile', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    world.server.respond(invite, TOO_SHORT);
    const command = await world.server.next('INVITE');
    const gone = leg.hangUp('taken off');
    const repeated = world.server.take(command);
    const cancel = await world.server.next('CANCEL');
    world.server.respond(repeated, { status: '487 Request Terminated' });
    await gone;

    expect(cancel.txnId).toBe(repeated.txnId);
    expect(cancel.headers.get('reason')).toContain('taken off');
    expect(observer.end).toEqual({ kind: 'canceled' });
  });
});
