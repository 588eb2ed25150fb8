import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  REQUEST,
  Recorder,
  answered,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('hazards of srf', () => {
  it('nothing comes back to the INVITE: srf would wait for ever', async () => {
    const world = await connected();
    const observer = new Recorder();
    world.dialer.dial(REQUEST, observer);
    const command = await world.server.next('INVITE');

    world.time.advance(5000);
    await observer.until('ended');
    const late = world.server.take(command);
    const cancel = await world.server.next('CANCEL');

    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
    expect(cancel.txnId).toBe(late.txnId);
  });

  it.each(['inviteSent', 'rang', 'answered'])(
    'an observer that throws at %s ends its own call, and no frame is handled twice',
    async (throwAt) => {
      const world = await connected();
      const broken = new Recorder();
      broken.throwAt = throwAt;
      world.dialer.dial(REQUEST, broken);
      const invite = world.server.take(await world.server.next('INVITE'));
      world.server.respond(invite, { status: '180 Ringing' });
      if (throwAt === 'answered') {
        world.server.respond(invite, { status: '200 OK', body: ANSWER });
        const bye = await world.server.next('BYE');
        world.server.respond(world.server.take(bye), { status: '200 OK' });
      } else {
        await world.server.next('CANCEL');
        world.server.respond(invite, { status: '487 Request Terminated' });
      }
      await broken.until('ended');

      const other = await answered(world);

      expect(broken.code).toBe('CALL_BROKEN');
      expect(broken.heard.filter((what) => what === throwAt)).toHaveLength(1);
      expect(other.observer.heard).toContain('answered');
      expect(world.log.count('sip.leg_broken')).toBe(1);
    },
  );

  it('an observer that throws at the end harms nobody', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    observer.throwAt = 'ended';

    world.server.respond(invite, { status: '486 Busy Here' });
    await observer.until('ended');
    const other = await answered(world);

    expect(other.observer.heard).toContain('answered');
  });

  it('a frame of unknown type is skipped: srf would throw out of the socket', async () => {
    const world = await connected();

    world.server.sendRaw('9#x|unknown');
    const { observer } = await answered(world);

    expect(observer.heard).toContain('answered');
    expect(world.log.count('sip.frame_failed')).toBe(1);
  });

  it.each(['x#garbage', `1${'9'.repeat(8)}#${'z'.repeat(1_100_000)}`])(
    'bytes that are no frames end the connection, and a new one is made (%#)',
    async (bytes) => {
      const world = await connected();
      const { observer } = await answered(world);

      world.server.sendRaw(bytes);
      await observer.until('ended');
      const isConnectedThen = world.dialer.isConnected;
      await world.log.until('sip.control_down', 1);
      world.time.advance(250);
      await world.log.until('sip.control_up', 2);

      expect(isConnectedThen).toBe(false);
      expect(observer.code).toBe('SIP_SIGNALLING_LOST');
    },
  );

  it('BYE in one segment with the 200 is not lost', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.inOneSegment(() => {
      world.server.respond(invite, { status: '200 OK', body: ANSWER });
      world.server.request(invite, 'BYE');
    });
    await observer.until('ended');

    expect(observer.heard).toEqual(['inviteSent', 'answered', 'ended']);
    expect(observer.code).toBe('peerLeft');
    expect((await world.server.next('200')).txnId).toMatch(/^peer-txn/);
  });

  it.each([
    ['without Contact', { status: '200 OK', body: ANSWER, isBare: true }],
    ['with a success that is not 200', { status: '202 Accepted', body: ANSWER }],
  ])('an answer %s makes no dialog in srf, and is hung up', async (_what, response) => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, response);
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await observer.until('ended');

    expect(bye.dialogId).toBe(invite.dialogId);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.code).toBe('SIP_INCOMPATIBLE');
  });

  it('OPTIONS is answered 200 and a new call 403, where srf would say 404', async () => {
    const world = await connected();

    const ping = world.server.requestOutside('OPTIONS');
    const pong = await world.server.next('200');
    const call = world.server.requestOutside('INVITE');
    const refusal = await world.server.next('403');

    expect(pong.txnId).toBe(ping);
    expect(refusal.txnId).toBe(call);
  });

  it('forgets an INVITE 40 s after its end: no answer can come then', async () => {
    const world = await connected();
    const quiet = await dialled(world);
    world.time.advance(6000);
    await quiet.observer.until('ended');

    world.time.advance(40_000);
    world.server.respond(quiet.invite, { status: '200 OK', body: ANSWER });
    await answered(world);

    const inQuietDialog = world.server.commands.filter(
      ({ dialogId }) => dialogId === quiet.invite.dialogId,
    );
    expect(inQuietDialog).toEqual([]);
  });

  it('forgets a dialog whose BYE nobody answered', async () => {
    const world = await connected();
    const { leg, invite } = await answered(world);
    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.time.advance(5000);
    await gone;

    world.server.request(invite, 'INFO');

    expect((await world.server.next('404')).txnId).toMatch(/^peer-txn/);
  });
});
