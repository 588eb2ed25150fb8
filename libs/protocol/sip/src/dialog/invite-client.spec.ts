import { describe, expect, it } from 'vitest';
import { sipRequest, SipLab } from '#testkit';
import type { Dialog } from './dialog.ts';
import { InviteClient } from './invite-client.ts';

const GIVE_UP_MS = 32_000;
const CONTACT = '<sip:bob@192.0.2.2>';
const PATH = { transport: 'udp', address: '192.0.2.5', port: 5060 } as const;

function setup(parts: { nextHop?: string; within?: Dialog; headers?: [string, string][] } = {}) {
  const lab = new SipLab();
  const events: string[] = [];
  const unsent = sipRequest({ cseq: 7, headers: parts.headers ?? [] });
  unsent.headers.remove('Via');
  const client = new InviteClient({
    outgoing: lab.sender.prepare(unsent, parts.nextHop ?? 'sip:bob@192.0.2.2'),
    sender: lab.sender,
    timers: lab.time,
    config: lab.config,
    random: lab.random,
    ...(parts.within === undefined ? {} : { within: parts.within }),
    handlers: {
      provisional: (response) => events.push(String(response.status)),
      rejected: (response, arrival) =>
        events.push(`${arrival === undefined ? 'made up ' : ''}${response.status}`),
      answered: (_dialog, response) => events.push(`answered ${response.status}`),
      unacknowledged: () => events.push('unacknowledged'),
      ended: () => events.push('ended'),
    },
  });
  client.start();
  const answer = (status: number, toTag = 'b', contact: string | undefined = CONTACT): void =>
    lab.answer(client.request, status, { toTag, contact });
  /** After the time in which a 2xx could still come. */
  const isClean = (): boolean => {
    lab.time.advance(GIVE_UP_MS);
    return isEmpty();
  };
  const isEmpty = (): boolean =>
    lab.layer.givenUpCount + lab.layer.clientCount === 0 &&
    lab.layer.serverCount === 0 &&
    lab.time.pendingCount === 0;
  return { lab, client, events, answer, isClean };
}

describe('an outgoing INVITE', () => {
  it('reports its progress and the dialog of the 2xx', () => {
    const { lab, client, events, answer, isClean } = setup();

    for (const status of [100, 180, 200]) answer(status);
    client.acknowledge();
    lab.time.advance(GIVE_UP_MS);

    expect(events).toEqual(['100', '180', 'answered 200', 'ended']);
    expect(client.dialog?.remoteTag).toBe('b');
    expect(lab.outlet.log).toEqual(['INVITE', 'ACK']);
    expect(isClean()).toBe(true);
  });

  it('shows the latest early dialog as long as there is no 2xx', () => {
    const { client, answer } = setup();

    answer(180, 'fork-a');
    answer(183, 'fork-b');
    const early = client.dialog?.remoteTag;
    answer(200, 'fork-a');

    expect(early).toBe('fork-b');
    expect(client.dialog?.remoteTag).toBe('fork-a');
  });

  it.each([
    ['no answer', 408, (lab: SipLab) => lab.time.advance(GIVE_UP_MS)],
    ['a path that fails', 503, (lab: SipLab) => lab.outlet.sent[0]?.failed('refused')],
  ])('makes up a final response for %s', (_name, status, happen) => {
    const { lab, events, isClean } = setup();

    happen(lab);

    expect(events).toEqual([`made up ${status}`, 'ended']);
    expect(isClean()).toBe(true);
  });

  it.each([
    ['sips:bob@192.0.2.2', 416],
    ['sip:bob@unknown.example', 503],
  ])('makes up a final response when there is no way to %s', (nextHop, status) => {
    const { lab, events, isClean } = setup({ nextHop });

    lab.routes.lookups[0]?.resolved([]);

    expect(events).toEqual([`made up ${status}`, 'ended']);
    expect(isClean()).toBe(true);
  });
});

describe('the ACK of a 2xx', () => {
  it('goes out once per repetition of the 2xx, the same each time, and not before it was asked for', () => {
    const { lab, client, answer } = setup();

    answer(200);
    answer(200);
    const before = lab.outlet.log;
    client.acknowledge({ headers: [['X-A', '1']] });
    answer(200);
    answer(200);

    expect(before).toEqual(['INVITE']);
    expect(lab.outlet.log).toEqual(['INVITE', 'ACK', 'ACK', 'ACK']);
    const acks = lab.outlet.sent.slice(1).map(({ message }) => message);
    expect(new Set(acks).size).toBe(1);
    expect(lab.outlet.lastRequest('ACK').headers.get('CSeq')).toBe('7 ACK');
    expect(lab.outlet.lastRequest('ACK').headers.get('Via')).not.toBe(
      client.request.headers.get('Via'),
    );
  });

  it('carries the credentials of the INVITE (RFC 3261 section 13.2.2.4)', () => {
    const { lab, client, answer } = setup({
      headers: [
        ['Authorization', 'Digest a'],
        ['Proxy-Authorization', 'Digest b'],
      ],
    });

    answer(200);
    client.acknowledge();

    const { headers } = lab.outlet.lastRequest('ACK');
    expect(headers.get('Authorization')).toBe('Digest a');
    expect(headers.get('Proxy-Authorization')).toBe('Digest b');
  });

  it('is given once', () => {
    const { client, answer } = setup();

    answer(200);
    const first = client.acknowledge();
    const second = client.acknowledge();

    expect(first?.method).toBe('ACK');
    expect(second).toBeUndefined();
  });

  it('goes the way of the INVITE when the Contact cannot be reached', () => {
    const { lab, client, answer } = setup();

    answer(200, 'b', '<sip:bob@nowhere.example>');
    client.acknowledge();
    const before = lab.outlet.log;
    lab.routes.lookups[0]?.resolved([]);

    expect(before).toEqual(['INVITE']);
    expect(lab.outlet.sent[1]?.path).toEqual(lab.outlet.sent[0]?.path);
  });

  it('that nobody asks for in 64*T1 is reported', () => {
    const { lab, client, events, answer, isClean } = setup();

    answer(200);
    lab.time.advance(GIVE_UP_MS);

    expect(events).toEqual(['answered 200', 'unacknowledged', 'ended']);
    expect(client.awaitsAck).toBe(false);
    expect(isClean()).toBe(true);
  });
});

describe('a fork that answers second', () => {
  it('is acknowledged and hung up, and acknowledged again for each repetition', () => {
    const { lab, client, events, answer } = setup();
    answer(200, 'fork-a');
    client.acknowledge();
    lab.outlet.clear();

    answer(200, 'fork-b');
    answer(200, 'fork-b');

    expect(lab.outlet.log).toEqual(['ACK', 'BYE', 'ACK']);
    expect(lab.outlet.lastRequest('BYE').headers.get('To')).toContain('tag=fork-b');
    expect(lab.outlet.lastRequest('BYE').headers.get('CSeq')).toBe('8 BYE');
    expect(events).toEqual(['answered 200']);
  });

  it('is one of at most eight that are hung up', () => {
    const { lab, answer } = setup();

    for (let fork = 0; fork < 20; fork += 1) answer(200, `fork-${fork}`);

    expect(lab.outlet.log.filter((word) => word === 'BYE')).toHaveLength(8);
  });
});

describe('cancelling', () => {
  it('waits for a provisional response', () => {
    const { lab, client, answer } = setup();

    client.cancel();
    const before = lab.outlet.log;
    answer(100);

    expect(before).toEqual(['INVITE']);
    expect(lab.outlet.log).toEqual(['INVITE', 'CANCEL']);
  });

  it('has the branch, the path and the number of the INVITE, and the headers asked for', () => {
    const { lab, client, answer } = setup();
    answer(180);

    client.cancel([
      ['Reason', 'SIP;cause=200'],
      ['CSeq', '99 EVIL'],
    ]);

    const cancel = lab.outlet.lastRequest('CANCEL');
    expect(cancel.uri).toBe(client.request.uri);
    expect(cancel.headers.get('Via')).toBe(client.request.headers.get('Via'));
    expect(cancel.headers.get('To')).toBe('<sip:bob@192.0.2.2>');
    expect(cancel.headers.getAll('CSeq')).toEqual(['7 CANCEL']);
    expect(cancel.headers.get('Reason')).toBe('SIP;cause=200');
    expect(lab.outlet.sent[1]?.path).toEqual(lab.outlet.sent[0]?.path);
  });

  it('is done once, however often it is asked for', () => {
    const { lab, client, answer } = setup();
    answer(180);

    client.cancel();
    client.cancel();
    answer(180);

    expect(lab.outlet.log).toEqual(['INVITE', 'CANCEL']);
  });

  it('ends with the 487 of the peer', () => {
    const { lab, client, events, answer, isClean } = setup();
    answer(180);

    client.cancel();
    lab.answer(lab.outlet.lastRequest('CANCEL'), 200);
    answer(487);
    lab.time.advance(GIVE_UP_MS);

    expect(events).toEqual(['180', '487', 'ended']);
    expect(isClean()).toBe(true);
  });

  it('ends with a 487 of our own when none comes in 64*T1', () => {
    const { lab, client, events, answer, isClean } = setup();
    answer(180);
    lab.time.advance(60_000);

    client.cancel();
    lab.answer(lab.outlet.lastRequest('CANCEL'), 200);
    lab.time.advance(GIVE_UP_MS - 1);
    const before = [...events];
    lab.time.advance(1);

    expect(before).toEqual(['180']);
    expect(events).toEqual(['180', 'made up 487', 'ended']);
    expect(isClean()).toBe(true);
  });

  it('ends with 408 when the peer never said anything', () => {
    const { lab, client, events } = setup();

    client.cancel();
    lab.time.advance(GIVE_UP_MS);

    expect(events).toEqual(['made up 408', 'ended']);
    expect(lab.outlet.log).not.toContain('CANCEL');
  });

  it('before the name is looked up ends at once, and nothing is ever sent', () => {
    const { lab, client, events, isClean } = setup({ nextHop: 'sip:bob@slow.example' });

    client.cancel();
    lab.routes.lookups[0]?.resolved([PATH]);

    expect(events).toEqual(['made up 487', 'ended']);
    expect(lab.outlet.sent).toEqual([]);
    expect(isClean()).toBe(true);
  });

  it('that a 200 crosses leaves a call that is known to be cancelled', () => {
    const { client, events, answer } = setup();
    answer(180);

    client.cancel();
    answer(200);

    expect(events).toEqual(['180', 'answered 200']);
    expect([client.isCancelled, client.awaitsAck]).toEqual([true, true]);
  });

  it('is not possible after a failure', () => {
    const { lab, client, answer } = setup();
    answer(486);

    expect(client.cancel()).toBeUndefined();
    expect(lab.outlet.log).toEqual(['INVITE', 'ACK']);
  });
});

describe('a 2xx that comes too late', () => {
  const giveUp: [string, (world: ReturnType<typeof setup>) => void][] = [
    ['a time-out', ({ lab }) => lab.time.advance(GIVE_UP_MS)],
    [
      'a CANCEL without a final response',
      ({ lab, client, answer }) => {
        answer(180);
        client.cancel();
        lab.answer(lab.outlet.lastRequest('CANCEL'), 200);
        lab.time.advance(GIVE_UP_MS);
      },
    ],
  ];

  it.each(giveUp)('after %s is acknowledged and hung up, once', (_name, happen) => {
    const world = setup();
    const { lab, events, answer, isClean } = world;
    happen(world);
    const before = [...events];
    lab.outlet.clear();

    answer(200);
    lab.answer(lab.outlet.lastRequest('BYE'), 200);
    answer(200);

    expect(lab.outlet.log).toEqual(['ACK', 'BYE', 'ACK']);
    expect(events).toEqual(before);
    expect(isClean()).toBe(true);
  });

  it("by more than 64*T1 is nobody's", () => {
    const { lab, answer } = setup();
    lab.time.advance(2 * GIVE_UP_MS);
    lab.outlet.clear();

    answer(200);

    expect(lab.outlet.log).toEqual([]);
    expect(lab.layer.dropped.strayResponses).toBe(1);
  });
});

describe('a re-INVITE', () => {
  it('refreshes the target of its dialog and takes every 2xx for its own', () => {
    const first = setup();
    first.answer(200);
    const { dialog } = first.client;
    const { lab, client, events, answer } = setup(dialog === undefined ? {} : { within: dialog });

    answer(180, 'other');
    answer(200, 'b', '<sip:bob@192.0.2.33>');
    client.acknowledge();
    answer(200, 'b', '<sip:bob@192.0.2.33>');

    expect(events).toEqual(['180', 'answered 200']);
    expect(dialog?.target).toBe('sip:bob@192.0.2.33');
    expect(lab.outlet.log).toEqual(['INVITE', 'ACK', 'ACK']);
  });

  it('that is terminated while pending reports 487 and leaves nothing behind', () => {
    const { client, events, isClean } = setup();

    client.terminate();
    client.terminate();

    expect(events).toEqual(['made up 487', 'ended']);
    expect(isClean()).toBe(true);
  });
});
