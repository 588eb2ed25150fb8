import { describe, expect, it } from 'vitest';
import { sipRequest, SipLab } from '#testkit';
import type { OutgoingRequest } from './request-sender.ts';

const FIRST = { transport: 'udp', address: '192.0.2.5', port: 5060 } as const;
const SECOND = { transport: 'udp', address: '192.0.2.6', port: 5060 } as const;

function setup(nextHop: string) {
  const lab = new SipLab();
  const events: string[] = [];
  const unsent = sipRequest({ method: 'OPTIONS' });
  unsent.headers.remove('Via');
  const outgoing: OutgoingRequest = lab.sender.prepare(unsent, nextHop);
  outgoing.start({
    response: (response) => events.push(String(response.status)),
    timedOut: () => events.push('timedOut'),
    transportFailed: (reason) => events.push(reason),
    unroutable: (problem) => events.push(problem),
    terminated: () => events.push('terminated'),
  });
  return { lab, outgoing, events };
}

describe('an outgoing request', () => {
  it.each([
    ['sip:x@192.0.2.5', /^SIP\/2\.0\/UDP 192\.0\.2\.1;rport;branch=z9hG4bK[0-9a-f]{24}$/],
    ['sip:x@192.0.2.5;transport=tcp', /^SIP\/2\.0\/TCP 192\.0\.2\.1;branch=z9hG4bK[0-9a-f]{24}$/],
  ])('to %s gets its Via on top', (nextHop, via) => {
    const { lab, outgoing } = setup(nextHop);

    const sent = lab.outlet.lastRequest('OPTIONS');

    expect([...sent.headers.entries()][0]).toEqual(['Via', expect.stringMatching(via)]);
    expect(outgoing.message).toBe(sent);
  });

  it('to a name waits for its address', () => {
    const { lab, outgoing, events } = setup('sip:x@trunk.example');
    const before = { sent: lab.outlet.sent.length, path: outgoing.path, isSent: outgoing.isSent };

    lab.routes.lookups[0]?.resolved([FIRST]);
    lab.answer(lab.outlet.lastRequest('OPTIONS'), 200);

    expect(before).toEqual({ sent: 0, path: undefined, isSent: false });
    expect(outgoing.path).toEqual(FIRST);
    expect(events).toEqual(['200']);
  });

  it.each([
    ['unknownName', 'sip:x@trunk.example'],
    ['unsupportedScheme', 'sips:x@192.0.2.5'],
  ])('ends with %s when there is no way', (problem, nextHop) => {
    const { lab, events } = setup(nextHop);

    lab.routes.lookups[0]?.resolved([]);

    expect(events).toEqual([problem, 'terminated']);
    expect(lab.outlet.sent).toEqual([]);
  });

  it('goes to the next address, with another branch, when the first one fails', () => {
    const { lab, events } = setup('sip:x@trunk.example');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.outlet.sent[0]?.failed('refused');
    lab.answer(lab.outlet.lastRequest('OPTIONS'), 200);

    const [first, second] = lab.outlet.sent;
    expect(second?.path).toEqual(SECOND);
    expect(first?.message.headers.get('Via')).not.toBe(second?.message.headers.get('Via'));
    expect(events).toEqual(['200']);
  });

  it('fails when all addresses do, and not before', () => {
    const { lab, events } = setup('sip:x@trunk.example');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.outlet.sent[0]?.failed('refused');
    const before = [...events];
    lab.outlet.sent[1]?.failed('unreachable');

    expect(before).toEqual([]);
    expect(events).toEqual(['unreachable', 'terminated']);
    expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
  });

  it('stays with an address that has answered provisionally', () => {
    const { lab, events } = setup('sip:x@trunk.example');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.answer(lab.outlet.lastRequest('OPTIONS'), 100);
    lab.outlet.sent[0]?.failed('reset');

    expect(lab.outlet.sent).toHaveLength(1);
    expect(events).toEqual(['100', 'reset', 'terminated']);
  });

  it('is not sent any more when it was abandoned during the lookup', () => {
    const { lab, outgoing, events } = setup('sip:x@trunk.example');

    outgoing.abandon();
    lab.routes.lookups[0]?.resolved([FIRST]);

    expect(events).toEqual(['terminated']);
    expect(lab.outlet.sent).toEqual([]);
  });
});
