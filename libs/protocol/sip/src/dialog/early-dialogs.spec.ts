import { describe, expect, it } from 'vitest';
import { arrivalFrom, SipLab, sipRequest, sipResponse } from '#testkit';
import { bodyOf } from '../message/message.ts';
import { InviteClient } from './invite-client.ts';

/** An INVITE with number 7, and a peer that rings reliably. */
function setup() {
  const lab = new SipLab();
  const events: string[] = [];
  const unsent = sipRequest({ cseq: 7, body: 'v=0' });
  unsent.headers.remove('Via');
  const client = new InviteClient({
    sender: lab.sender,
    config: lab.config,
    random: lab.random,
    timers: lab.time,
    outgoing: lab.sender.prepare(unsent, 'sip:bob@192.0.2.2'),
    handlers: {
      provisional: ({ status, headers }) => events.push(`${status} ${headers.get('RSeq') ?? '-'}`),
      rejected: ({ status }) => events.push(String(status)),
      answered: () => events.push('answered'),
      unacknowledged: () => events.push('unacknowledged'),
      ended: () => events.push('ended'),
    },
  });
  client.start();
  const ring = (
    rseq: number | string,
    parts: { status?: number; toTag?: string; route?: string; body?: string } = {},
  ): void => {
    const { status = 183, toTag = 'b', route, body = '' } = parts;
    const response = sipResponse(client.request, status, {
      toTag,
      contact: '<sip:bob@192.0.2.2>',
      ...(route === undefined ? {} : { recordRoute: [route] }),
    });
    response.headers.append('Require', '100rel').append('RSeq', String(rseq));
    lab.layer.receive({ ...response, body: bodyOf(body) }, arrivalFrom());
  };
  return { lab, client, events, ring };
}

describe('reliable provisional responses', () => {
  it('are reported in order and once; those after a gap come again later', () => {
    const { client, events, ring } = setup();

    ring(5);
    ring(5);
    ring(7);
    ring(6);
    ring(5);
    ring(7);

    expect(events).toEqual(['183 5', '183 6', '183 7']);
    expect(client.isPending).toBe(true);
  });

  it('are numbered apart in each early dialog', () => {
    const { events, ring } = setup();

    ring(5, { toTag: 'fork-a' });
    ring(90, { toTag: 'fork-b' });
    ring(6, { toTag: 'fork-a' });
    ring(90, { toTag: 'fork-b' });

    expect(events).toEqual(['183 5', '183 90', '183 6']);
  });

  it.each(['0', '4294967296', 'x', '-1'])('with the number %s count as unreliable', (rseq) => {
    const { client, events, ring } = setup();

    ring(rseq);
    ring(rseq);

    expect(events).toHaveLength(2);
    expect(client.acknowledgeProvisional(`${rseq} 7 INVITE`)).toBeUndefined();
  });

  it('are dropped when eight of them were never acknowledged', () => {
    const { events, ring } = setup();

    for (let rseq = 1; rseq <= 12; rseq += 1) ring(rseq);

    expect(events).toHaveLength(8);
  });

  it('of more than sixteen forks are dropped', () => {
    const { events, ring } = setup();

    for (let fork = 0; fork < 20; fork += 1) ring(1, { toTag: `fork-${fork}` });

    expect(events).toHaveLength(16);
  });

  it('that come late, after the 2xx, are ignored', () => {
    const { lab, client, events, ring } = setup();

    ring(5);
    lab.answer(client.request, 200);
    ring(6);

    expect(events).toEqual(['183 5', 'answered']);
  });
});

describe('a PRACK', () => {
  it('follows the route set of the response that it acknowledges', () => {
    const { client, ring } = setup();
    ring(5, { toTag: 'fork-a', route: '<sip:p1;lr>' });
    ring(9, { toTag: 'fork-b', route: '<sip:p2;lr>' });

    const second = client.acknowledgeProvisional('9 7 INVITE');
    const first = client.acknowledgeProvisional('5 7 INVITE');

    const requests = [first, second].map((prack) =>
      prack?.dialog.createRequest({ method: 'PRACK' }),
    );
    expect(requests.map((each) => each?.request.headers.get('Route'))).toEqual([
      '<sip:p1;lr>',
      '<sip:p2;lr>',
    ]);
    expect(requests.map((each) => each?.request.headers.get('To'))).toEqual([
      '<sip:bob@192.0.2.2>;tag=fork-a',
      '<sip:bob@192.0.2.2>;tag=fork-b',
    ]);
    expect(requests.map((each) => each?.request.headers.get('CSeq'))).toEqual([
      '8 PRACK',
      '8 PRACK',
    ]);
  });

  it.each(['5 8 INVITE', '6 7 INVITE', '5', '', 'x 7 INVITE'])(
    'with RAck "%s" fits nothing',
    (rack) => {
      const { client, ring } = setup();
      ring(5);

      expect(client.acknowledgeProvisional(rack)).toBeUndefined();
    },
  );

  it('is taken once, and again when the first was refused', () => {
    const { client, ring } = setup();
    ring(5);

    const first = client.acknowledgeProvisional('5 7 INVITE');
    const twice = client.acknowledgeProvisional('5 7 INVITE');
    first?.reopen();
    const again = client.acknowledgeProvisional('5 7 INVITE');

    expect(first).toBeDefined();
    expect(twice).toBeUndefined();
    expect(again).toBeDefined();
  });

  it('may still be sent after the 2xx', () => {
    const { lab, client, ring } = setup();
    ring(5);
    lab.answer(client.request, 200);

    expect(client.acknowledgeProvisional('5 7 INVITE')?.dialog).toBe(client.dialog);
  });

  it('of a response with a description completes offer and answer before the 2xx', () => {
    const { client, ring } = setup();
    ring(5);
    client.acknowledgeProvisional('5 7 INVITE');
    const before = client.isOfferOpen;
    ring(6, { body: 'v=0' });

    client.acknowledgeProvisional('6 7 INVITE');

    expect([before, client.isOfferOpen]).toEqual([true, false]);
  });
});
