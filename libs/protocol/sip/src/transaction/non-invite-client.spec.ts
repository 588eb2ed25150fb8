import { describe, expect, it } from 'vitest';
import { arrivalFrom, MemoryOutlet, sipRequest, sipResponse, VirtualTime } from '#testkit';
import { TransactionLayer } from './layer.ts';
import { DEFAULT_SIP_TIMERS } from './timer-values.ts';
import type { TransportName } from './transport-path.ts';

const GIVE_UP_MS = 32_000;
const T4_MS = 5000;

function setup(transport: TransportName = 'udp') {
  const time = new VirtualTime();
  const outlet = new MemoryOutlet(time);
  const events: string[] = [];
  const layer = new TransactionLayer({
    outlet,
    timers: time,
    config: DEFAULT_SIP_TIMERS,
    maxTransactions: 10,
    user: { request: () => undefined, ack: () => undefined },
  });
  const request = sipRequest({ method: 'BYE' });
  const arrival = arrivalFrom(transport);
  const transaction = layer.createClient(request, arrival.path, {
    response: (response) => events.push(String(response.status)),
    timedOut: () => events.push('timedOut'),
    transportFailed: (reason) => events.push(reason),
    terminated: () => events.push('terminated'),
  });
  transaction.start();
  const receive = (status: number): void => layer.receive(sipResponse(request, status), arrival);
  return { time, outlet, layer, events, receive, transaction };
}

describe('the non-INVITE client transaction', () => {
  it('repeats the request on UDP, doubling from T1 up to T2 (timer E), and gives up (timer F)', () => {
    const { time, outlet, events } = setup();

    time.advance(GIVE_UP_MS);

    expect(outlet.timesOf('BYE')).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(events).toEqual(['timedOut', 'terminated']);
    expect(time.pendingCount).toBe(0);
  });

  it('does not repeat the request on TCP but gives up all the same', () => {
    const { time, outlet, events } = setup('tcp');

    time.advance(GIVE_UP_MS);

    expect(outlet.timesOf('BYE')).toEqual([0]);
    expect(events).toEqual(['timedOut', 'terminated']);
  });

  it('repeats every T2 after a provisional response, and timer F still runs', () => {
    const { time, outlet, events, receive } = setup();

    time.advance(600);
    receive(100);
    time.advance(GIVE_UP_MS - 600);

    expect(outlet.timesOf('BYE')).toEqual([
      0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500,
    ]);
    expect(events).toEqual(['100', 'timedOut', 'terminated']);
  });

  it('swallows repetitions of the final response for T4 (timer K)', () => {
    const { time, events, receive } = setup();

    receive(200);
    receive(200);
    time.advance(T4_MS - 1);
    const before = [...events];
    time.advance(1);

    expect(before).toEqual(['200']);
    expect(events).toEqual(['200', 'terminated']);
    expect(time.pendingCount).toBe(0);
  });

  it('ends at once after the final response on TCP, where timer K is 0', () => {
    const { time, events, receive } = setup('tcp');

    receive(481);
    time.advance(0);

    expect(events).toEqual(['481', 'terminated']);
  });

  it('reports a failing path before the final response and not after', () => {
    const early = setup();
    const late = setup();

    early.outlet.sent[0]?.failed('unreachable');
    late.receive(200);
    late.outlet.sent[0]?.failed('unreachable');

    expect(early.events).toEqual(['unreachable', 'terminated']);
    expect(late.events).toEqual(['200']);
  });

  it('says only that it is over when it is abandoned', () => {
    const { time, events, transaction, layer } = setup();

    transaction.abandon();
    transaction.abandon();

    expect(events).toEqual(['terminated']);
    expect([layer.clientCount, time.pendingCount]).toEqual([0, 0]);
  });
});
