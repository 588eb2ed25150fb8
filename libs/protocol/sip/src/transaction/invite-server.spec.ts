import { describe, expect, it } from 'vitest';
import { arrivalFrom, MemoryOutlet, sipRequest, sipResponse, VirtualTime } from '#testkit';
import { TransactionLayer } from './layer.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { DEFAULT_SIP_TIMERS } from './timer-values.ts';
import type { TransportName } from './transport-path.ts';

const GIVE_UP_MS = 32_000;
const T4_MS = 5000;

function setup(transport: TransportName = 'udp') {
  const time = new VirtualTime();
  const outlet = new MemoryOutlet(time);
  const events: string[] = [];
  const opened: ServerTransaction[] = [];
  const layer = new TransactionLayer({
    outlet,
    timers: time,
    config: DEFAULT_SIP_TIMERS,
    maxTransactions: 10,
    user: {
      request: (transaction) => opened.push(transaction),
      ack: () => events.push('ack outside'),
    },
  });
  const invite = sipRequest();
  const arrival = arrivalFrom(transport);
  layer.receive(invite, arrival);
  const transaction = opened[0]!;
  transaction.listen({
    ack: () => events.push('ack inside'),
    timedOut: () => events.push('timedOut'),
    terminated: () => events.push('terminated'),
  });
  const respond = (status: number): void => transaction.respond(sipResponse(invite, status));
  const again = (): void => layer.receive(sipRequest(), arrival);
  const ack = (branch = 'z9hG4bKa1'): void =>
    layer.receive(sipRequest({ method: 'ACK', branch, to: '<sip:bob@192.0.2.2>;tag=b' }), arrival);
  return { time, outlet, layer, events, opened, transaction, respond, again, ack };
}

describe('the INVITE server transaction', () => {
  it('answers a repeated INVITE with the latest provisional response', () => {
    const { outlet, opened, respond, again } = setup();

    again();
    respond(100);
    again();
    respond(180);
    again();

    expect(outlet.log).toEqual(['100 INVITE', '100 INVITE', '180 INVITE', '180 INVITE']);
    expect(opened).toHaveLength(1);
  });

  it('repeats a failure on UDP, doubling from T1 up to T2 (timer G), until timer H', () => {
    const { time, outlet, events, respond } = setup();

    respond(486);
    time.advance(GIVE_UP_MS);

    expect(outlet.timesOf('486 INVITE')).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(events).toEqual(['timedOut', 'terminated']);
    expect(time.pendingCount).toBe(0);
  });

  it('sends a failure once on TCP, and timer H still runs', () => {
    const { time, outlet, events, respond } = setup('tcp');

    respond(486);
    time.advance(GIVE_UP_MS);

    expect(outlet.log).toEqual(['486 INVITE']);
    expect(events).toEqual(['timedOut', 'terminated']);
  });

  it('stops repeating at the ACK and swallows further ACKs for T4 (timer I)', () => {
    const { time, outlet, events, layer, respond, ack } = setup();

    respond(486);
    time.advance(600);
    ack();
    ack();
    time.advance(T4_MS - 1);
    const before = [...events];
    time.advance(1);

    expect(outlet.timesOf('486 INVITE')).toEqual([0, 500]);
    expect(before).toEqual([]);
    expect(events).toEqual(['terminated']);
    expect([layer.serverCount, time.pendingCount]).toEqual([0, 0]);
  });

  it('ends at once after the ACK on TCP, where timer I is 0', () => {
    const { time, events, respond, ack } = setup('tcp');

    respond(486);
    ack();
    time.advance(0);

    expect(events).toEqual(['terminated']);
  });

  it('answers a repeated INVITE with the failure it was given', () => {
    const { outlet, respond, again } = setup();

    respond(486);
    again();

    expect(outlet.log).toEqual(['486 INVITE', '486 INVITE']);
  });

  it('swallows a repeated INVITE after a 2xx, lets the user repeat the 2xx, and ends with timer L', () => {
    const { time, outlet, events, respond, again } = setup();

    respond(200);
    again();
    respond(200);
    time.advance(GIVE_UP_MS - 1);
    const before = [...events];
    time.advance(1);

    expect(outlet.log).toEqual(['200 INVITE', '200 INVITE']);
    expect(before).toEqual([]);
    expect(events).toEqual(['terminated']);
  });

  it('hands the ACK of a 2xx to the user, whichever branch it has', () => {
    const { events, respond, ack } = setup();

    respond(200);
    ack('z9hG4bKnew');
    ack();

    expect(events).toEqual(['ack outside', 'ack inside']);
  });

  it('ignores a second final response', () => {
    const { outlet, respond } = setup();

    respond(486);
    respond(200);

    expect(outlet.log).toEqual(['486 INVITE']);
  });
});
