import { describe, expect, it } from 'vitest';
import { arrivalFrom, MemoryOutlet, sipRequest, sipResponse, VirtualTime } from '#testkit';
import type { SipRequest } from '../message/message.ts';
import type { ClientTransaction } from './client-transaction.ts';
import { TransactionLayer } from './layer.ts';
import { DEFAULT_SIP_TIMERS } from './timer-values.ts';
import type { TransportName } from './transport-path.ts';

const GIVE_UP_MS = 32_000;

function setup(transport: TransportName = 'udp', request: SipRequest = sipRequest()) {
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
  const arrival = arrivalFrom(transport);
  const transaction: ClientTransaction = layer.createClient(request, arrival.path, {
    response: (response) => events.push(String(response.status)),
    timedOut: () => events.push('timedOut'),
    transportFailed: (reason) => events.push(reason),
    terminated: () => events.push('terminated'),
  });
  transaction.start();
  const receive = (status: number): void => layer.receive(sipResponse(request, status), arrival);
  return { time, outlet, layer, events, request, receive };
}

describe('the INVITE client transaction', () => {
  it('repeats the INVITE on UDP at doubling intervals without limit (timer A)', () => {
    const { time, outlet } = setup();

    time.advance(GIVE_UP_MS);

    expect(outlet.timesOf('INVITE')).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  });

  it('does not repeat the INVITE on TCP', () => {
    const { time, outlet } = setup('tcp');

    time.advance(GIVE_UP_MS - 1);

    expect(outlet.timesOf('INVITE')).toEqual([0]);
  });

  it('gives up after 64*T1 without any response (timer B)', () => {
    const { time, events, layer } = setup();

    time.advance(GIVE_UP_MS - 1);
    const before = [...events];
    time.advance(1);

    expect(before).toEqual([]);
    expect(events).toEqual(['timedOut', 'terminated']);
    expect([layer.clientCount, time.pendingCount]).toEqual([0, 0]);
  });

  it('stops repeating at the first provisional response and then rings without limit', () => {
    const { time, outlet, events, receive } = setup();

    receive(100);
    time.advance(10 * GIVE_UP_MS);
    receive(180);

    expect(outlet.timesOf('INVITE')).toEqual([0]);
    expect(events).toEqual(['100', '180']);
  });

  it('acknowledges a failure by itself, and each repetition of it, until timer D', () => {
    const { time, outlet, events, receive } = setup();

    receive(486);
    receive(486);
    time.advance(GIVE_UP_MS - 1);
    receive(486);
    const before = [...events];
    time.advance(1);
    receive(486);

    expect(outlet.log).toEqual(['INVITE', 'ACK', 'ACK', 'ACK']);
    expect(before).toEqual(['486']);
    expect(events).toEqual(['486', 'terminated']);
    expect(time.pendingCount).toBe(0);
  });

  it('ends at once after a failure on TCP, where timer D is 0', () => {
    const { time, outlet, events, receive } = setup('tcp');

    receive(486);
    time.advance(0);

    expect(outlet.log).toEqual(['INVITE', 'ACK']);
    expect(events).toEqual(['486', 'terminated']);
  });

  it('builds the ACK of a failure with the branch of the INVITE and the To of the response', () => {
    const request = sipRequest({
      cseq: 7,
      headers: [
        ['Route', '<sip:p1;lr>'],
        ['Route', '<sip:p2;lr>'],
        ['Require', '100rel'],
      ],
    });
    const { outlet, receive } = setup('udp', request);

    receive(404);

    const ack = outlet.lastRequest('ACK');
    expect(ack.uri).toBe(request.uri);
    expect([...ack.headers.entries()]).toEqual([
      ['Via', request.headers.get('Via')],
      ['Max-Forwards', '70'],
      ['From', '<sip:alice@192.0.2.1>;tag=a'],
      ['To', '<sip:bob@192.0.2.2>;tag=b'],
      ['Call-ID', 'call-1'],
      ['CSeq', '7 ACK'],
      ['Route', '<sip:p1;lr>'],
      ['Route', '<sip:p2;lr>'],
      ['Content-Length', '0'],
    ]);
  });

  it('reports every repetition of a 2xx, acknowledges none, and ends after 64*T1 (timer M)', () => {
    const { time, outlet, events, receive } = setup();

    receive(200);
    receive(200);
    time.advance(GIVE_UP_MS - 1);
    receive(200);
    time.advance(1);

    expect(outlet.log).toEqual(['INVITE']);
    expect(events).toEqual(['200', '200', '200', 'terminated']);
    expect(time.pendingCount).toBe(0);
  });

  it('ignores provisional and failure responses after a 2xx, and a 2xx after a failure', () => {
    const accepted = setup();
    const refused = setup();

    for (const status of [200, 180, 603]) accepted.receive(status);
    for (const status of [603, 180, 200]) refused.receive(status);

    expect(accepted.events).toEqual(['200']);
    expect(refused.events).toEqual(['603']);
    expect(refused.outlet.log).toEqual(['INVITE', 'ACK']);
  });

  it.each(['calling', 'proceeding'])('reports a path that fails while %s', (state) => {
    const { time, outlet, events, receive } = setup();
    if (state === 'proceeding') receive(180);
    events.length = 0;

    outlet.sent[0]?.failed('refused');
    outlet.sent[0]?.failed('refused');

    expect(events).toEqual(['refused', 'terminated']);
    expect(time.pendingCount).toBe(0);
  });

  it('ignores a path that fails after the final response', () => {
    const { outlet, events, receive } = setup();

    receive(200);
    outlet.sent[0]?.failed('refused');

    expect(events).toEqual(['200']);
  });
});
