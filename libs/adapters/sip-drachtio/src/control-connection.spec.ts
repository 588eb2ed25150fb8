import { Secret, silentLogger } from '#foundation';
import { FakeDrachtioServer, VirtualTime } from '#testkit';
import { expect, it, onTestFinished } from 'vitest';
import { ControlConnection } from './control-connection.ts';
import { InviteAttempt } from './invite-attempt.ts';

const REQUEST = {
  to: 'sip:bob@127.0.0.1:5999',
  from: {},
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
      onOverheard: () => false,
    });
    opened.open();
  });
  onTestFinished(async () => {
    connection.close();
    await server.close();
  });
  return { server, time, connection };
}

/** How many transactions srf remembers. */
function remembered(connection: ControlConnection): number {
  const [state] = connection.srf.app.client.mapServer.values();
  return state?.pendingSipRequests.size ?? -1;
}

const ignore = (): void => undefined;

function newAttempt(connection: ControlConnection, onRefused: () => void): InviteAttempt {
  return new InviteAttempt(
    { connection, request: REQUEST, login: undefined },
    {
      onSent: ignore,
      onProvisional: ignore,
      onAnswered: ignore,
      onUnusableAnswer: ignore,
      onRefused,
      onBug: ignore,
    },
  );
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

it('gives srf no login, so that it keeps nothing of a challenged INVITE', async () => {
  const { server, connection } = await setup();
  await new Promise<void>((resolve, reject) => {
    newAttempt(connection, resolve).send();
    server
      .next('INVITE')
      .then((command) => server.respond(server.take(command), { status: '401 Unauthorized' }))
      .catch(reject);
  });

  expect(remembered(connection)).toBe(0);
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
  expect(before).toBe(1);
  expect(remembered(connection)).toBe(0);
});

it('takes the traces of an unanswered request out of srf at its deadline', async () => {
  const { server, time, connection } = await setup();
  const options = { method: 'BYE', stackDialogId: 'call;from-tag=1', headers: {} } as const;
  const outcome = connection
    .request({ uri: 'sip:placeholder', options, timeoutMs: 2000 })
    .catch(String);
  server.take(await server.next('BYE'));
  server.requestOutside('OPTIONS');
  await server.next('200');
  const before = remembered(connection);

  time.advance(2000);

  expect(await outcome).toContain('no answer to BYE in 2000 ms');
  expect(before).toBe(1);
  expect(remembered(connection)).toBe(0);
});
