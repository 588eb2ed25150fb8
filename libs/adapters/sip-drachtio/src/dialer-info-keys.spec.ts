import { Fault } from '#domain';
import { digestProblem } from '#testkit';
import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  ASKS,
  EXPECTED,
  WITH_LOGIN,
  answered,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('a key by INFO', () => {
  /** What became of it. */
  const outcomeOf = (work: Promise<void>): Promise<string> =>
    work.then(
      () => 'pressed',
      (error: unknown) => (error instanceof Fault ? `${error.code} ${error.detail}` : 'broken'),
    );

  it('is one request in the dialog, and settles when it is confirmed', async () => {
    const world = await connected();
    const { leg, invite } = await answered(world);

    const outcome = outcomeOf(leg.pressKey('#'));
    const info = await world.server.next('INFO', invite.dialogId);
    world.server.respond(world.server.take(info), { status: '200 OK' });

    expect(await outcome).toBe('pressed');
    expect(info.headers.get('content-type')).toBe('application/dtmf-relay');
    expect(info.body).toBe('Signal=#\r\nDuration=160\r\n');
  });

  it('answers the challenge to each, over its own body and the URI of the peer', async () => {
    const world = await connected();
    const { leg } = await answered(world, WITH_LOGIN);

    for (const [index, key] of ['1', '2'].entries()) {
      const outcome = outcomeOf(leg.pressKey(key));
      const info = world.server.take(await world.server.next('INFO'));
      world.server.respond(info, {
        status: '401 Auth',
        headers: [`WWW-Authenticate: ${ASKS}, qop="auth-int"`],
      });
      const retry = await world.server.next('INFO');
      world.server.respond(world.server.take(retry), { status: '200 OK' });

      const body = `Signal=${key}\r\nDuration=160\r\n`;
      const uri = 'sip:peer@127.0.0.1:5999';
      expect(await outcome).toBe('pressed');
      expect(retry.body).toBe(body);
      expect(
        digestProblem(retry.headers.get('authorization') ?? '', {
          ...EXPECTED,
          ...{ method: 'INFO', uri, body, qop: 'auth-int', nonceCount: index + 1 },
        }),
      ).toBeUndefined();
    }
  });

  it.each(['415 Unsupported Media Type', '481 Call Does Not Exist'])(
    'is refused by %s, and the call goes on',
    async (status) => {
      const world = await connected();
      const { leg, observer } = await answered(world);

      const outcome = outcomeOf(leg.pressKey('1'));
      world.server.respond(world.server.take(await world.server.next('INFO')), { status });

      expect(await outcome).toBe(`DTMF_REFUSED INFO: ${status.slice(0, 3)}`);
      expect(observer.end).toBeUndefined();
    },
  );

  it('is refused after 5 s of silence, and before the answer', async () => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world);
    const early = await outcomeOf(leg.pressKey('1'));
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const outcome = outcomeOf(leg.pressKey('1'));
    world.server.take(await world.server.next('INFO'));
    world.time.advance(5_000);

    expect(early).toContain('CALL_NOT_ANSWERED');
    expect(await outcome).toBe('DTMF_REFUSED INFO: no answer to INFO in 5000 ms');
  });
});
