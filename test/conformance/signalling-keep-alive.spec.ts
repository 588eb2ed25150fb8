import { startSippCallee, VirtualTime } from '#testkit';
import { sequenceOf } from '#protocol/sip';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { answeredCall, ANSWER_2 } from '../support/answered-call.ts';
import type { AnsweredCall } from '../support/answered-call.ts';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const INTERVAL_MS = 30_000;

type TimedCall = AnsweredCall & { readonly time: VirtualTime };

/** A call in virtual time whose peer gets OPTIONS after 30 s of silence. */
async function setup(
  parts: Omit<NonNullable<Parameters<typeof answeredCall>[1]>, 'options'> = {},
): Promise<TimedCall> {
  const time = new VirtualTime();
  const options = { timers: time, clock: time, timersConfig: {}, optionsIntervalMs: INTERVAL_MS };
  const call = await answeredCall(world, { ...parts, options });
  return { ...call, time };
}

/** How many OPTIONS the peer has got, after everything that was sent before has arrived. */
async function optionsCount({ peer, invite }: TimedCall, sequence: number): Promise<number> {
  peer.sendWithin(invite, 'INFO', sequence);
  await peer.response('INFO');
  return peer.count('OPTIONS');
}

async function end(call: TimedCall): Promise<void> {
  const ending = call.dialog.destroy();
  call.peer.respond(await call.peer.request('BYE'), 200);
  await ending;
  call.time.advance(10 * INTERVAL_MS);
  await allTablesEmpty(call.server);
}

describe('the silent peer of a call over UDP', () => {
  it('is asked again and again, and the client does not notice', async () => {
    const call = await setup();
    const { peer, time, invite } = call;
    const numbers = [sequenceOf(invite)];

    for (const status of [200, 404, 405, 500]) {
      time.advance(INTERVAL_MS);
      const question = await peer.request('OPTIONS');
      numbers.push(sequenceOf(question));
      peer.respond(question, status);
      await optionsAnswered(call);
    }

    expect(numbers.map((each) => each - (numbers[0] ?? 0))).toEqual([0, 1, 2, 3, 4]);
    expect(call.endings).toEqual([]);
    await end(call);
  });

  it('is left alone as long as it says something', async () => {
    const call = await setup();

    call.time.advance(INTERVAL_MS - 1);
    await optionsCount(call, 1);
    call.time.advance(INTERVAL_MS - 1);

    expect(await optionsCount(call, 2)).toBe(0);
    await end(call);
  });

  it('that knows no such call has it ended', async () => {
    const call = await setup();
    const { peer, time, endings } = call;

    time.advance(INTERVAL_MS);
    peer.respond(await peer.request('OPTIONS'), 481);
    const bye = await peer.request('BYE');
    peer.respond(bye, 481);
    await until(() => endings.length > 0, 'the client is told');
    await until(() => call.server.stats().farewells === 0, 'the BYE is answered');
    time.advance(10 * INTERVAL_MS);

    expect(endings).toEqual(['481 to OPTIONS']);
    expect(bye.headers.get('Reason')).toBe('SIP;cause=481;text="481 to OPTIONS"');
    await allTablesEmpty(call.server);
  });

  it('that has answered, and then not three times in a row, has the call ended', async () => {
    const call = await setup();
    const { peer, time, endings } = call;

    time.advance(INTERVAL_MS);
    peer.respond(await peer.request('OPTIONS'), 200);
    await optionsAnswered(call);
    for (let question = 0; question < 3; question += 1) {
      expect(endings).toEqual([]);
      time.advance(INTERVAL_MS);
      await peer.request('OPTIONS');
      time.advance(32_000);
    }
    peer.respond(await peer.request('BYE'), 200);
    await until(() => endings.length > 0, 'the client is told');
    await until(() => call.server.stats().farewells === 0, 'the BYE is answered');
    time.advance(10 * INTERVAL_MS);

    expect(endings).toEqual(['no answer to OPTIONS']);
    await allTablesEmpty(call.server);
  });

  it('that never answers has its call left alone', async () => {
    const call = await setup();
    const { peer, time, endings } = call;

    for (let question = 0; question < 5; question += 1) {
      time.advance(INTERVAL_MS);
      await peer.request('OPTIONS');
      time.advance(32_000);
    }

    expect(endings).toEqual([]);
    await end(call);
  });

  it('is not asked while an INVITE is open, which a higher number would overtake', async () => {
    const call = await setup();
    const { peer, time, dialog } = call;

    const modifying = dialog.modify(ANSWER_2);
    const reinvite = await peer.request('INVITE');
    peer.respond(reinvite, 100);
    await until(() => call.server.stats().outgoingRequests > 0, 'it is open');
    time.advance(INTERVAL_MS);
    peer.respond(reinvite, 200);
    await modifying;
    await peer.request('ACK');

    expect(await optionsCount(call, 1)).toBe(0);
    time.advance(INTERVAL_MS);
    const question = await peer.request('OPTIONS');
    peer.respond(question, 200);
    expect(sequenceOf(question)).toBe(sequenceOf(reinvite) + 1);
    await end(call);
  });

  it('is asked beside the refreshes of its session, in one order of numbers', async () => {
    const headers = { Supported: 'timer', 'Session-Expires': '90' };
    const granted: [string, string][] = [
      ['Require', 'timer'],
      ['Session-Expires', '90;refresher=uac'],
    ];
    const call = await setup({ headers, answer: { headers: granted } });
    const { peer, time, invite } = call;

    time.advance(30_000);
    const question = await peer.request('OPTIONS');
    peer.respond(question, 200);
    await optionsAnswered(call);
    time.advance(15_000);
    const refresh = await peer.request('INVITE');
    peer.respond(refresh, 200, { headers: granted });
    await peer.request('ACK');

    const first = sequenceOf(invite);
    expect([sequenceOf(question), sequenceOf(refresh)]).toEqual([first + 1, first + 2]);
    await end(call);
  });

  it('is not asked over TCP', async () => {
    const call = await setup({ transport: 'tcp' });

    call.time.advance(10 * INTERVAL_MS);

    expect(await optionsCount(call, 1)).toBe(0);
    await end(call);
  });
});

/** A round trip in the dialog: what the peer sent before has been dealt with. Resets the silence. */
let lastNumber = 100;
async function optionsAnswered(call: TimedCall): Promise<void> {
  lastNumber += 1;
  await optionsCount(call, lastNumber);
}

describe('SIPp as a silent callee', () => {
  it('answers OPTIONS within the call', async () => {
    const callee = await startSippCallee();
    onTestFinished(async () => await callee.stop());
    const timersConfig = { t1Ms: 50, t2Ms: 200, t4Ms: 200 };
    const server = await world.server({ optionsIntervalMs: 150, timersConfig });
    const srf = await world.client(server);

    const dialog = await srf.createUAC(callee.uri(), { localSdp: OFFER });
    const asked = (): number => callee.messages().match(/^OPTIONS /gm)?.length ?? 0;
    await until(() => asked() >= 2, 'two OPTIONS');
    await dialog.destroy();

    expect(callee.errors()).toBe('');
    await allTablesEmpty(server);
  });
});
