import { Fault } from '#domain';
import { FakeDrachtioServer, digestProblem } from '#testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ASKS,
  EXPECTED,
  WITH_LOGIN,
  answered,
  connected,
  dialerWorld,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('the control connection', () => {
  it('a wrong secret fails the start at once, without a second attempt', async () => {
    const world = await dialerWorld({ secret: 'wrong' });

    const failure: unknown = await world.dialer.start().catch((error: unknown) => error);
    world.time.advance(60_000);

    expect(failure).toBeInstanceOf(Fault);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(world.server.connectionCount).toBe(1);
    expect(world.dialer.isConnected).toBe(false);
  });

  it('waits 15 s for a server that is not there', async () => {
    const world = await dialerWorld();
    await world.server.close();

    const started = world.dialer.start().then(
      () => 'started',
      (error: unknown) => (error instanceof Fault ? error.message : 'else'),
    );
    await world.log.until('sip.control_down', 1);
    world.time.advance(14_999);
    const isOverTooEarly = await Promise.race([started.then(() => true), Promise.resolve(false)]);
    world.time.advance(1);

    expect(isOverTooEarly).toBe(false);
    expect(await started).toMatch(
      /^SIP_SIGNALLING_LOST: there is no signalling server at 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
    );
  });

  it('says so when what listens there does not answer the secret', async () => {
    const world = await dialerWorld();
    world.server.isMute = true;

    const started = world.dialer.start().catch(String);
    await world.server.until(() => world.server.openConnections === 1);
    world.time.advance(5000);
    await world.log.until('sip.control_down', 1);
    world.time.advance(10_000);

    expect(await started).toContain('no answer in 5000 ms');
  });

  it('takes a server that comes a little later', async () => {
    const world = await dialerWorld();
    const { port } = world.server;
    await world.server.close();

    const started = world.dialer.start();
    await world.log.until('sip.control_down', 1);
    const late = await FakeDrachtioServer.listen('cymru', port);
    onTestFinished(async () => await late.close());
    world.time.advance(250);
    await started;

    expect(world.dialer.isConnected).toBe(true);
  });

  it('its loss ends every call, and what was left is ended after the reconnect', async () => {
    const world = await connected();
    const up = await answered(world);
    const ringing = await dialled(world);
    const orphan = world.dialer.endOrphan('old;from-tag=1');
    await world.server.next('BYE');

    world.server.dropConnections();
    await up.observer.until('ended');
    await ringing.observer.until('ended');
    const orphanEnd = await orphan;
    const isConnectedThen = world.dialer.isConnected;
    await world.log.until('sip.control_down', 1);
    world.time.advance(250);
    const cancel = await world.server.next('CANCEL');
    world.server.refuse(cancel, 'unable to cancel unknown transaction id');
    const byes = [await world.server.next('BYE'), await world.server.next('BYE')];
    world.time.advance(2000);

    expect([up.observer.code, ringing.observer.code]).toEqual([
      'SIP_SIGNALLING_LOST',
      'SIP_SIGNALLING_LOST',
    ]);
    expect(orphanEnd).toBe('unreachable');
    expect(isConnectedThen).toBe(false);
    expect(world.dialer.isConnected).toBe(true);
    expect(cancel.txnId).toBe(ringing.invite.txnId);
    expect(byes.map((bye) => bye.dialogId).sort()).toEqual(
      [up.invite.dialogId, ringing.invite.dialogId].sort(),
    );
  });

  it('what its loss left is hung up with the login when the trunk asks for it', async () => {
    const world = await connected();
    const { observer } = await answered(world, WITH_LOGIN);

    world.server.dropConnections();
    await observer.until('ended');
    await world.log.until('sip.control_down', 1);
    world.time.advance(250);
    const bye = world.server.take(await world.server.next('BYE'));
    world.server.respond(bye, { status: '407 Auth', headers: [`Proxy-Authenticate: ${ASKS}`] });
    const again = await world.server.next('BYE');
    world.server.respond(world.server.take(again), { status: '200 OK' });

    const expected = { ...EXPECTED, method: 'BYE', uri: 'sip:peer@127.0.0.1:5999', body: '' };
    expect(digestProblem(again.headers.get('proxy-authorization') ?? '', expected)).toBeUndefined();
  });

  it('a lost INVITE that could be canceled gets no BYE besides', async () => {
    const world = await connected();
    const ringing = await dialled(world);

    world.server.dropConnections();
    await ringing.observer.until('ended');
    await world.log.until('sip.control_down', 1);
    world.time.advance(250);
    world.server.take(await world.server.next('CANCEL'));
    await answered(world);

    expect(world.server.commands.filter(({ method }) => method === 'BYE')).toEqual([]);
  });

  it('its loss settles a hang-up that waits', async () => {
    const world = await connected();
    const { leg, observer } = await answered(world);

    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.server.dropConnections();
    await gone;

    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });

  it('comes back again and again, with one connection at a time', async () => {
    const world = await connected();

    for (let round = 1; round <= 5; round += 1) {
      world.server.dropConnections();
      await world.log.until('sip.control_down', round);
      world.time.advance(250);
      await world.log.until('sip.control_up', round + 1);
    }

    expect(world.server.connectionCount).toBe(6);
    expect(world.server.openConnections).toBe(1);
  });

  it('a frozen server is noticed after three pings without an answer, and left', async () => {
    const world = await connected({ heartbeatMs: 1000 });
    const { observer } = await answered(world);
    world.server.answersPings = false;

    world.time.advance(3000);
    expect(world.dialer.isConnected).toBe(true);
    world.time.advance(1000);
    await observer.until('ended');

    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });

  it('a frozen server is noticed within 5 s of its last word', async () => {
    const world = await connected({ heartbeatMs: 'usual' });
    const { observer, invite } = await answered(world);
    // The worst moment: right behind an answer to a ping. Twice, as that answer may come behind the first exchange.
    world.time.advance(1200);
    for (let exchange = 0; exchange < 2; exchange += 1) {
      world.server.request(invite, 'INFO');
      await world.server.next('200');
    }
    world.server.answersPings = false;

    world.time.advance(3600);
    const isConnectedAt3600 = world.dialer.isConnected;
    world.time.advance(1400);
    await observer.until('ended');

    expect(isConnectedAt3600).toBe(true);
    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });

  it.each(['v0.8.1', 'v0.7.3-5-gabc', '', 'unknown'])(
    'a server of version %j is not pinged: it would not answer',
    async (version) => {
      const world = await dialerWorld({ heartbeatMs: 1000 });
      world.server.identity = { ...world.server.identity, version };
      world.server.answersPings = false;
      await world.dialer.start();
      const { observer } = await answered(world);

      world.time.advance(60_000);
      await new Promise<void>((resolve) => setImmediate(resolve));

      expect(world.log.count('sip.no_heartbeat')).toBe(1);
      expect(world.dialer.isConnected).toBe(true);
      expect(observer.heard).not.toContain('ended');
    },
  );

  it.each(['v0.8.2', 'v0.9.10-1-g9c2dd4cb6a', '1.0.0'])(
    'a server of %s is pinged',
    async (version) => {
      const world = await dialerWorld({ heartbeatMs: 1000 });
      world.server.identity = { ...world.server.identity, version };
      world.server.answersPings = false;
      await world.dialer.start();
      const { observer } = await answered(world);

      world.time.advance(4000);
      await observer.until('ended');

      expect(observer.code).toBe('SIP_SIGNALLING_LOST');
    },
  );

  it('a server that answers pings is kept', async () => {
    const world = await connected({ heartbeatMs: 1000 });
    const { observer, invite } = await answered(world);

    for (let beat = 0; beat < 5; beat += 1) {
      world.time.advance(1000);
      world.server.request(invite, 'INFO');
      await world.server.next('200');
    }

    expect(world.dialer.isConnected).toBe(true);
    expect(observer.heard).not.toContain('ended');
  });

  it('stopping hangs up every call before it disconnects', async () => {
    const world = await connected();
    const up = await answered(world);
    const ringing = await dialled(world);

    const stopped = world.dialer.stop();
    const bye = world.server.take(await world.server.next('BYE'));
    await world.server.next('CANCEL');
    world.server.respond(bye, { status: '200 OK' });
    world.server.respond(ringing.invite, { status: '487 Request Terminated' });
    await stopped;
    await world.server.until(() => world.server.openConnections === 0);

    expect(up.observer.code).toBe('hungUp');
    expect(ringing.observer.code).toBe('canceled');
  });

  it('starts and stops in any order and number', async () => {
    const { dialer, server } = await dialerWorld();

    await Promise.allSettled([dialer.start(), dialer.stop(), dialer.start(), dialer.stop()]);
    await Promise.all([dialer.start(), dialer.start()]);
    const isUp = dialer.isConnected;
    await Promise.all([dialer.stop(), dialer.stop()]);
    await server.until(() => server.openConnections === 0);

    expect(isUp).toBe(true);
    expect(dialer.isConnected).toBe(false);
  });
});
