import { describe, expect, it } from 'vitest';
import { arrivalFrom, MemoryOutlet, sipRequest, sipResponse, VirtualTime } from '#testkit';
import { TransactionLayer } from './layer.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { DEFAULT_SIP_TIMERS } from './timer-values.ts';
import type { TransportName } from './transport-path.ts';

function setup(transport: TransportName = 'udp') {
  const time = new VirtualTime();
  const outlet = new MemoryOutlet(time);
  const opened: ServerTransaction[] = [];
  const layer = new TransactionLayer({
    outlet,
    timers: time,
    config: DEFAULT_SIP_TIMERS,
    maxTransactions: 10,
    user: { request: (transaction) => opened.push(transaction), ack: () => undefined },
  });
  const request = sipRequest({ method: 'INFO' });
  const receive = (): void => layer.receive(request, arrivalFrom(transport));
  receive();
  const respond = (status: number): void => opened[0]!.respond(sipResponse(request, status));
  return { time, outlet, layer, opened, receive, respond };
}

describe('the non-INVITE server transaction', () => {
  it('swallows repetitions while there is no response, then repeats the latest one', () => {
    const { outlet, opened, receive, respond } = setup();

    receive();
    respond(100);
    receive();
    respond(200);
    receive();

    expect(outlet.log).toEqual(['100 INFO', '100 INFO', '200 INFO', '200 INFO']);
    expect(opened).toHaveLength(1);
  });

  it('keeps the final response for 64*T1 on UDP (timer J)', () => {
    const { time, outlet, opened, layer, receive, respond } = setup();

    respond(200);
    time.advance(31_999);
    receive();
    time.advance(1);
    const countAfter = layer.serverCount;
    receive();

    expect(outlet.log).toEqual(['200 INFO', '200 INFO']);
    expect(countAfter).toBe(0);
    expect(opened).toHaveLength(2);
  });

  it('ends at once after the final response on TCP, where timer J is 0', () => {
    const { time, layer, respond } = setup('tcp');

    respond(200);
    time.advance(0);

    expect([layer.serverCount, time.pendingCount]).toEqual([0, 0]);
  });

  it('ignores a second final response', () => {
    const { outlet, respond } = setup();

    respond(200);
    respond(500);

    expect(outlet.log).toEqual(['200 INFO']);
  });
});
