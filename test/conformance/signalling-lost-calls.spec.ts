import { afterEach, describe, expect, it } from 'vitest';
import { answeredCall, ANSWER_2, hangUp } from '../support/answered-call.ts';
import { allTablesEmpty, SignallingWorld } from '../support/signalling-world.ts';
import { rejection } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

describe('a request of a client within a call', () => {
  it.each([
    ['INFO', 481],
    ['UPDATE', 404],
    ['OPTIONS', 481],
    ['MESSAGE', 604],
  ])(
    '%s that is answered by %i ends the call: BYE, and the client is told why',
    async (method, status) => {
      const { server, peer, dialog, endings } = await answeredCall(world);

      const asking = dialog.request({ method });
      peer.respond(await peer.request(method), status);
      const answer = await asking;
      const bye = await peer.request('BYE');
      peer.respond(bye, 481);
      await until(() => endings.length > 0, 'the client is told');

      expect(answer.status).toBe(status);
      expect(bye.headers.get('Reason')).toBe(`SIP;cause=${status};text="${status} to ${method}"`);
      expect(endings).toEqual([`${status} to ${method}`]);
      await allTablesEmpty(server);
    },
  );

  it('that is never answered ends the call', async () => {
    const { server, peer, dialog, endings } = await answeredCall(world);

    const asking = dialog.request({ method: 'INFO' });
    await peer.request('INFO');
    const answer = await asking;
    peer.respond(await peer.request('BYE'), 200);
    await until(() => endings.length > 0, 'the client is told');

    expect(answer.status).toBe(408);
    expect(endings).toEqual(['408 to INFO']);
    await allTablesEmpty(server);
  });

  it.each([
    ['INFO', 405],
    ['INFO', 501],
    ['UPDATE', 488],
    ['OPTIONS', 404],
    ['INFO', 503],
  ])('%s that is answered by %i leaves the call alone', async (method, status) => {
    const call = await answeredCall(world);

    const asking = call.dialog.request({ method });
    call.peer.respond(await call.peer.request(method), status);

    expect((await asking).status).toBe(status);
    expect(call.endings).toEqual([]);
    await hangUp(call);
    expect(call.peer.count('BYE')).toBe(1);
  });
});

describe('a re-INVITE of a client', () => {
  it('that is answered by 481 ends the call', async () => {
    const { server, peer, dialog, endings } = await answeredCall(world);

    const failed = rejection(dialog.modify(ANSWER_2));
    peer.respond(await peer.request('INVITE'), 481);
    peer.respond(await peer.request('BYE'), 481);
    await until(() => endings.length > 0, 'the client is told');

    expect((await failed).status).toBe(481);
    expect(endings).toEqual(['481 to INVITE']);
    await allTablesEmpty(server);
  });

  it('that is answered by 488 leaves the call as it was', async () => {
    const call = await answeredCall(world);

    const failed = rejection(call.dialog.modify(ANSWER_2));
    call.peer.respond(await call.peer.request('INVITE'), 488);

    expect((await failed).status).toBe(488);
    await hangUp(call);
    expect(call.peer.count('BYE')).toBe(1);
  });

  it('that is open when the client hangs up gets a 487', async () => {
    const call = await answeredCall(world);

    const failed = rejection(call.dialog.modify(ANSWER_2));
    await call.peer.request('INVITE');
    await hangUp(call);

    expect((await failed).status).toBe(487);
  });
});
