import { Secret, silentLogger } from '#foundation';
import { FakeDrachtioServer, VirtualTime } from '#testkit';
import { expect, it, onTestFinished } from 'vitest';
import { ControlConnection } from './control-connection.ts';
import { InviteAttempt } from './invite-attempt.ts';

const REQUEST = {
  to: 'sip:bob@127.0.0.1:5999',
  from: {},
  auth: { username: 'studio', password: new Secret('x') },
  sdpOffer: 'v=0\r\n',
  ringTimeoutMs: 1000,
};

async function setup() {
  const server = await FakeDrachtioServer.listen();
  const time = new VirtualTime();
  const connection = await new Promise<ControlConnection>((resolve) => {
    const opened: ControlConnection = new ControlConnection({
      address: { host: '127.0.0.1', port: server.port, secret: new Secret('cymru') },
      logger: silentLogger,
      timers: time,
      heartbeatMs: 3_600_000,
      onUp: () => resolve(opened),
      onDown: () => undefined,
    });
    opened.open();
  });
  onTestFinished(async () => {
    connection.close();
    await server.close();
  });
  return { server, time, connection };
}

/** How much srf remembers of calls. */
function remembered(connection: ControlConnection): readonly number[] {
  const { mapServer, pendingSipAuthTxnIdUpdate } = connection.srf.app.client;
  const [state] = mapServer.values();
  return [
    state?.pendingSipRequests.size ?? -1,
    state?.pendingSipAuthRequests.size ?? -1,
    pendingSipAuthTxnIdUpdate.size,
  ];
}

const ignore = (): void => undefined;

function newAttempt(connection: ControlConnection, onRefused: () => void): InviteAttempt {
  return new InviteAttempt(connection, REQUEST, {
    onSent: ignore,
    onProvisional: ignore,
    onAnswered: ignore,
    onUnusableAnswer: ignore,
    onRefused,
    onBug: ignore,
  });
}

it('leaves reconnecting to its owner', async () => {
  const { server, connection } = await setup();
  const heard: string[] = [];
  connection.srf.on('reconnecting', () => heard.push('reconnecting'));

  const closed = new Promise<void>((resolve) => {
    connection.srf.on('close', () => resolve());
  });
  server.dropConnections();
  await closed;

  expect(heard).toEqual([]);
});

it('takes every trace of a refused INVITE out of srf, which keeps two for ever', async () => {
  const { server, connection } = await setup();
  let attempt: InviteAttempt | undefined;
  await new Promise<void>((resolve, reject) => {
    attempt = newAttempt(connection, resolve);
    attempt.send();
    server
      .next('INVITE')
      .then((command) => server.respond(server.take(command), { status: '401 Unauthorized' }))
      .catch(reject);
  });
  const before = remembered(connection);

  connection.forget(attempt?.trace ?? { callId: '', txnIds: [], requests: [] }, false);

  expect(before).toEqual([0, 1, 1]);
  expect(remembered(connection)).toEqual([0, 0, 0]);
});

it('takes the traces of an unanswered INVITE out of srf after 40 s, not before', async () => {
  const { server, time, connection } = await setup();
  const attempt = newAttempt(connection, ignore);
  attempt.send();
  const invite = server.take(await server.next('INVITE'));
  server.requestOutside('OPTIONS');
  await server.next('200');

  connection.forget(attempt.trace, true);
  time.advance(39_999);
  const before = remembered(connection);
  time.advance(1);

  expect(attempt.txnId).toBe(invite.txnId);
  expect(before).toEqual([1, 0, 0]);
  expect(remembered(connection)).toEqual([0, 0, 0]);
});

it('takes the traces of an unanswered request out of srf at its deadline', async () => {
  const { server, time, connection } = await setup();
  const options = { method: 'BYE', stackDialogId: 'call;from-tag=1', headers: {} } as const;
  const outcome = connection.request('sip:placeholder', options, 2000).catch(String);
  server.take(await server.next('BYE'));
  server.requestOutside('OPTIONS');
  await server.next('200');
  const before = remembered(connection);

  time.advance(2000);

  expect(await outcome).toContain('no answer to BYE in 2000 ms');
  expect(before).toEqual([1, 0, 0]);
  expect(remembered(connection)).toEqual([0, 0, 0]);
});
