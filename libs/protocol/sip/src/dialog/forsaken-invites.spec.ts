import { describe, expect, it } from 'vitest';
import { sipRequest, SipLab } from '#testkit';
import { InviteClient } from './invite-client.ts';

const FIRST = { transport: 'udp', address: '192.0.2.5', port: 5060 } as const;
const SECOND = { transport: 'udp', address: '192.0.2.6', port: 5060 } as const;
const CONTACT = '<sip:bob@192.0.2.5:5070>';

/** An INVITE that is with the first of two targets. */
function call() {
  const lab = new SipLab();
  const events: string[] = [];
  const unsent = sipRequest();
  unsent.headers.remove('Via');
  const client = new InviteClient({
    outgoing: lab.sender.prepare(unsent, 'sip:bob@trunk.example'),
    sender: lab.sender,
    timers: lab.time,
    config: lab.config,
    random: lab.random,
    handlers: {
      provisional: (response) => events.push(String(response.status)),
      rejected: (response) => events.push(String(response.status)),
      answered: (dialog, response) => events.push(`${response.status} of ${dialog.remoteTag}`),
      unacknowledged: () => events.push('unacknowledged'),
      ended: () => events.push('ended'),
    },
  });
  client.start();
  lab.routes.lookups[0]?.resolved([FIRST, SECOND]);
  return { lab, client, events, invite: () => lab.outlet.lastRequest('INVITE') };
}

/** The same, `first`, left for `second`. */
function setup() {
  const { lab, client, events, invite } = call();
  const first = invite();
  lab.time.advance(6000);
  const second = invite();
  lab.outlet.clear();
  /** What was sent since, with where it went. */
  const sent = (): readonly string[] =>
    lab.outlet.sent.map(({ path }, at) => `${lab.outlet.log[at] ?? ''} ${path.address}`);
  return { lab, client, events, first, second, sent };
}

describe('an INVITE that was left for the next target', () => {
  it('is cancelled, once, when its phone rings after all', () => {
    const { lab, client, events, first, second, sent } = setup();
    lab.answer(second, 180, { toTag: 'two' });

    lab.answer(first, 100);
    lab.answer(first, 180, { toTag: 'one' });
    const cancel = lab.outlet.lastRequest('CANCEL');
    lab.answer(cancel, 200);
    lab.answer(first, 487, { toTag: 'one' });
    lab.answer(second, 200, { toTag: 'two', contact: CONTACT });
    client.acknowledge();

    expect(cancel.headers.get('Via')).toBe(first.headers.get('Via'));
    expect(sent()).toEqual(['CANCEL 192.0.2.5', 'ACK 192.0.2.5', 'ACK 192.0.2.5']);
    expect(events).toEqual(['180', '200 of two']);
  });

  it('is what counts when it is answered before the next target has said a word', () => {
    const { lab, client, events, first, second, sent } = setup();

    lab.answer(first, 200, { toTag: 'one', contact: CONTACT });
    client.acknowledge();
    lab.answer(second, 180, { toTag: 'two' });

    expect(sent().filter((line) => !line.startsWith('INVITE'))).toEqual([
      'ACK 192.0.2.5',
      'CANCEL 192.0.2.6',
    ]);
    expect(events).toEqual(['200 of one']);
  });

  it('is acknowledged and hung up when it is answered after the next target has spoken', () => {
    const { lab, events, first, second } = setup();
    lab.answer(second, 180);

    lab.answer(first, 200, { toTag: 'one', contact: CONTACT });
    lab.answer(lab.outlet.lastRequest('BYE'), 200);
    lab.answer(first, 200, { toTag: 'one', contact: CONTACT });
    lab.answer(second, 486);

    const log = lab.outlet.log.filter((word) => word !== 'INVITE');
    expect(log).toEqual(['ACK', 'BYE', 'ACK', 'ACK']);
    expect(lab.outlet.lastRequest('BYE').headers.get('To')).toContain('tag=one');
    expect(events).toEqual(['180', '486']);
    lab.time.advance(200_000);
    expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
  });

  it('is still taken back when the whole call was given up meanwhile', () => {
    const { lab, client, events, first, second, sent } = setup();
    lab.answer(second, 180);
    client.cancel();
    lab.answer(second, 487);
    lab.outlet.clear();

    lab.answer(first, 183);

    expect(sent()).toEqual(['CANCEL 192.0.2.5']);
    expect(events).toEqual(['180', '487']);
    lab.time.advance(200_000);
    expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
  });
});

describe('a CANCEL', () => {
  it('waits for the first word of the target that the INVITE is with now', () => {
    const { lab, client, invite } = call();
    lab.answer(invite(), 180);
    lab.answer(invite(), 503);

    client.cancel();
    const before = [...lab.outlet.log];
    lab.answer(invite(), 100);

    expect(before).toEqual(['INVITE', 'ACK', 'INVITE']);
    expect(lab.outlet.log).toEqual(['INVITE', 'ACK', 'INVITE', 'CANCEL']);
    expect(lab.outlet.sent.at(-1)?.path).toEqual(SECOND);
  });

  it('leaves no further target to be tried', () => {
    const { lab, client, events, invite } = call();

    client.cancel();
    lab.answer(invite(), 503);
    lab.time.advance(100_000);

    expect(lab.outlet.log).toEqual(['INVITE', 'ACK']);
    expect(events).toEqual(['503', 'ended']);
  });
});
