import { describe, expect, it } from 'vitest';
import { arrivalFrom, SipLab, sipRequest, sipResponse } from '#testkit';
import type { TransportName } from '../transaction/transport-path.ts';
import { InviteAnswer } from './invite-answer.ts';

const GIVE_UP_MS = 32_000;

function setup(transport: TransportName = 'udp') {
  const lab = new SipLab();
  const events: string[] = [];
  const invite = sipRequest();
  const arrival = arrivalFrom(transport);
  lab.layer.receive(invite, arrival);
  const answer = new InviteAnswer({
    transaction: lab.opened[0]!,
    timers: lab.time,
    config: lab.config,
    random: lab.random,
    handlers: {
      unconfirmed: () => events.push('unconfirmed'),
      acknowledged: () => events.push('acknowledged'),
      unacknowledged: () => events.push('unacknowledged'),
      ended: () => events.push('ended'),
    },
  });
  const respond = (status: number): void => answer.respond(sipResponse(invite, status));
  const ack = (): void => answer.acknowledge(sipRequest({ method: 'ACK' }), arrival);
  return { lab, answer, events, respond, ack };
}

describe('the answer to an incoming INVITE', () => {
  it.each(['udp', 'tcp'] as const)('repeats a 2xx over %s until its ACK comes', (transport) => {
    const { lab, events, respond, ack } = setup(transport);

    respond(200);
    lab.time.advance(8000);
    ack();
    ack();
    lab.time.advance(GIVE_UP_MS);

    expect(lab.outlet.timesOf('200 INVITE')).toEqual([0, 500, 1500, 3500, 7500]);
    expect(events).toEqual(['acknowledged', 'ended']);
    expect([lab.layer.serverCount, lab.time.pendingCount]).toEqual([0, 0]);
  });

  it('reports that the ACK never came', () => {
    const { lab, events, respond } = setup();

    respond(200);
    lab.time.advance(GIVE_UP_MS);

    expect(lab.outlet.timesOf('200 INVITE')).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(events).toEqual(['unacknowledged', 'ended']);
    expect(lab.time.pendingCount).toBe(0);
  });

  it('does not repeat provisional responses, and leaves failures to the transaction', () => {
    const { lab, events, respond } = setup('tcp');

    respond(180);
    lab.time.advance(10_000);
    respond(486);
    lab.time.advance(GIVE_UP_MS);

    expect(lab.outlet.log).toEqual(['180 INVITE', '486 INVITE']);
    expect(events).toEqual(['ended']);
  });

  it('ignores responses after the final one', () => {
    const { lab, respond } = setup();

    respond(200);
    respond(486);
    respond(180);

    expect(lab.outlet.log).toEqual(['200 INVITE']);
  });

  it('says only that it is over when it is abandoned', () => {
    const { lab, answer, events, respond } = setup();
    respond(200);

    answer.abandon();

    expect(events).toEqual(['ended']);
    expect(lab.time.pendingCount).toBe(0);
  });
});
