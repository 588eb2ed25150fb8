import { describe, expect, it } from 'vitest';
import { arrivalFrom, SipLab, sipRequest, sipResponse } from '#testkit';
import { InviteAnswer } from './invite-answer.ts';
import { parseRAck, supportsReliableProvisionals } from './reliable-provisionals.ts';

const GIVE_UP_MS = 32_000;

function setup() {
  const lab = new SipLab();
  const events: string[] = [];
  const invite = sipRequest({ headers: [['Supported', 'timer, 100rel']] });
  lab.layer.receive(invite, arrivalFrom());
  const answer = new InviteAnswer({
    transaction: lab.opened[0]!,
    timers: lab.time,
    config: lab.config,
    random: lab.random,
    handlers: {
      acknowledged: () => events.push('acknowledged'),
      unconfirmed: () => {
        events.push('unconfirmed');
        answer.respond(sipResponse(invite, 504));
      },
      unacknowledged: () => events.push('unacknowledged'),
      ended: () => events.push('ended'),
    },
  });
  const ring = (status: number): string => {
    const response = sipResponse(invite, status);
    response.headers.append('Require', '100rel');
    answer.respond(response);
    return response.headers.get('RSeq') ?? '';
  };
  const prack = (rack: string): boolean =>
    answer.confirm(sipRequest({ method: 'PRACK', cseq: 2, headers: [['RAck', rack]] }));
  const finish = (): void => answer.respond(sipResponse(invite, 486));
  return { lab, events, ring, prack, finish };
}

describe('a reliable provisional response', () => {
  it('is repeated at doubling intervals until its PRACK comes', () => {
    const { lab, ring, prack } = setup();

    const rseq = ring(180);
    lab.time.advance(8000);
    const isTaken = prack(`${rseq} 1 INVITE`);
    lab.time.advance(GIVE_UP_MS);

    expect(lab.outlet.timesOf('180 INVITE')).toEqual([0, 500, 1500, 3500, 7500]);
    expect(isTaken).toBe(true);
    expect(lab.time.pendingCount).toBe(0);
  });

  it('lets the next one wait, which has the next number', () => {
    const { lab, ring, prack } = setup();

    const first = ring(180);
    ring(183);
    const before = [...lab.outlet.log];
    prack(`${first} 1 INVITE`);
    const isSecondTaken = prack(`${Number(first) + 1} 1 INVITE`);

    expect(before).toEqual(['180 INVITE']);
    expect(lab.outlet.log).toEqual(['180 INVITE', '183 INVITE']);
    expect(isSecondTaken).toBe(true);
  });

  it.each([
    ['a number that was never sent', (rseq: string) => `${Number(rseq) + 1} 1 INVITE`],
    ['no number', () => 'INVITE'],
    ['nothing', () => ''],
  ])('is not acknowledged by a PRACK with %s', (_name, rackOf) => {
    const { lab, ring, prack } = setup();

    const isTaken = prack(rackOf(ring(180)));
    lab.time.advance(500);

    expect(isTaken).toBe(false);
    expect(lab.outlet.log).toEqual(['180 INVITE', '180 INVITE']);
  });

  it('is acknowledged once only', () => {
    const { ring, prack } = setup();

    const rack = `${ring(180)} 1 INVITE`;

    expect([prack(rack), prack(rack)]).toEqual([true, false]);
  });

  it('is no longer repeated after the final response, yet its PRACK is known', () => {
    const { lab, ring, prack, finish } = setup();

    const rseq = ring(180);
    ring(183);
    finish();
    const isTaken = prack(`${rseq} 1 INVITE`);
    lab.time.advance(GIVE_UP_MS);

    expect(lab.outlet.log.filter((line) => line !== '486 INVITE')).toEqual(['180 INVITE']);
    expect(isTaken).toBe(true);
    expect(lab.time.pendingCount).toBe(0);
  });

  it('fails the INVITE when no PRACK comes in 64*T1', () => {
    const { lab, events, ring } = setup();

    ring(180);
    lab.time.advance(GIVE_UP_MS - 1);
    const before = [...events];
    lab.time.advance(GIVE_UP_MS + 1);

    expect(before).toEqual([]);
    expect(lab.outlet.timesOf('180 INVITE')).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(events).toEqual(['unconfirmed', 'ended']);
    expect([lab.layer.serverCount, lab.time.pendingCount]).toEqual([0, 0]);
  });
});

describe('RAck', () => {
  it.each([
    ['77 123112374 INVITE', { rseq: 77, sequence: 123112374 }],
    ['  77\t1  INVITE ', { rseq: 77, sequence: 1 }],
    ['77 INVITE', undefined],
    ['77 1', undefined],
    ['12345678901 1 INVITE', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseRAck(text)).toEqual(expected);
  });
});

describe('support of 100rel', () => {
  it.each([
    ['Supported', 'timer, 100REL', true],
    ['Require', '100rel', true],
    ['Supported', 'timer', false],
    ['Subject', '100rel', false],
  ])('is seen in %s: %s as %s', (name, value, expected) => {
    expect(supportsReliableProvisionals(sipRequest({ headers: [[name, value]] }))).toBe(expected);
  });
});
