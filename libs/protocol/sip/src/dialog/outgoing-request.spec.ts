import { describe, expect, it } from 'vitest';
import { sipRequest, SipLab } from '#testkit';
import type { OutgoingRequest } from './outgoing-request.ts';

const FIRST = { transport: 'udp', address: '192.0.2.5', port: 5060 } as const;
const SECOND = { transport: 'udp', address: '192.0.2.6', port: 5060 } as const;

const THIRD = { transport: 'tcp', address: '192.0.2.7', port: 5060 } as const;
const NAME = 'sip:x@trunk.example';

function setup(nextHop: string, method = 'OPTIONS') {
  const lab = new SipLab();
  const events: string[] = [];
  const unsent = sipRequest({ method });
  unsent.headers.remove('Via');
  const outgoing: OutgoingRequest = lab.sender.prepare(unsent, nextHop);
  outgoing.start({
    response: (response) => events.push(String(response.status)),
    timedOut: () => events.push('timedOut'),
    transportFailed: (reason) => events.push(reason),
    unroutable: (problem) => events.push(problem),
    terminated: () => events.push('terminated'),
    late: (response, { path }) => events.push(`late ${response.status} of ${path.address}`),
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

  it('says what was wrong with the TLS of one target when the others fail as well', () => {
    const { lab, events } = setup(NAME);
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.outlet.sent[0]?.failed('TLS: the certificate has expired');
    lab.outlet.sent.at(-1)?.failed('ECONNREFUSED');

    expect(events).toEqual(['TLS: the certificate has expired', 'terminated']);
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

  it('goes on as if nothing had happened after a 503, with all but the branch as before', () => {
    const { lab, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);
    const first = lab.outlet.lastRequest('INVITE');

    lab.answer(first, 100);
    lab.answer(first, 503, { headers: [['Retry-After', '30 (maintenance)']] });
    const second = lab.outlet.lastRequest('INVITE');
    lab.answer(second, 200);

    const identity = ({ uri, headers }: typeof first) => [
      uri,
      ...['From', 'To', 'Call-ID', 'CSeq'].map((name) => headers.get(name)),
    ];
    expect(identity(second)).toEqual(identity(first));
    expect(second.headers.get('Via')).not.toBe(first.headers.get('Via'));
    expect(lab.outlet.log).toEqual(['INVITE', 'ACK', 'INVITE']);
    expect(lab.outlet.sent[1]?.path).toEqual(FIRST);
    expect(events).toEqual(['100', '200']);
    expect(lab.routes.notes).toEqual([
      '192.0.2.5 answered',
      '192.0.2.5 failed for 30 s',
      '192.0.2.6 answered',
    ]);
  });

  it.each([302, 401, 404, 486, 500, 504, 603])('takes a %i for the answer', (status) => {
    const { lab, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.answer(lab.outlet.lastRequest('INVITE'), status);
    lab.time.advance(100_000);

    expect(lab.outlet.log).toEqual(['INVITE', 'ACK']);
    expect(events).toEqual([String(status), 'terminated']);
  });

  it('reports the 503 of the last target', () => {
    const { lab, events } = setup(NAME);
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.answer(lab.outlet.lastRequest('OPTIONS'), 503);
    lab.answer(lab.outlet.lastRequest('OPTIONS'), 503);
    lab.time.advance(5000);

    expect(events).toEqual(['503', 'terminated']);
    expect(lab.layer.clientCount).toBe(0);
  });

  it.each(['INVITE', 'OPTIONS'])('leaves a target that is silent for 6 s: %s', (method) => {
    const { lab, events } = setup(NAME, method);
    lab.routes.lookups[0]?.resolved([FIRST, SECOND, THIRD]);

    lab.time.advance(5999);
    const before = lab.outlet.sent.map(({ path }) => path.address);
    lab.time.advance(12_001);
    lab.answer(lab.outlet.lastRequest(method), 486);

    expect(new Set(before)).toEqual(new Set([FIRST.address]));
    const firstTimes = [FIRST, SECOND, THIRD].map(
      ({ address }) => lab.outlet.sent.find(({ path }) => path.address === address)?.atMs,
    );
    expect(firstTimes).toEqual([0, 6000, 12_000]);
    expect(events).toContain('486');
    lab.time.advance(200_000);
    expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
  });

  it.each([
    ['another port of it', FIRST, { ...FIRST, port: 5070 }, 6000],
    [
      'it by TCP, because datagrams may be lost on the way',
      FIRST,
      { ...FIRST, transport: 'tcp' },
      6000,
    ],
    [
      'it by UDP, because over TCP it has the request',
      THIRD,
      { ...THIRD, transport: 'udp' },
      32_000,
    ],
  ] as const)('leaves a silent host for %s', (_name, first, second, atMs) => {
    const { lab } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([first, second]);

    lab.time.advance(32_000);

    const sent = lab.outlet.sent.find(
      ({ path }) => path.port === second.port && path.transport === second.transport,
    );
    expect(sent?.atMs).toBe(atMs);
  });

  it('waits for the last target as long as for an only one', () => {
    const { lab, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.time.advance(6000 + 31_999);
    const before = [...events];
    lab.time.advance(1);

    expect(before).toEqual([]);
    expect(events).toEqual(['timedOut', 'terminated']);
    expect(lab.routes.notes).toEqual(['192.0.2.5 failed', '192.0.2.6 failed']);
  });

  it('is patient with a target that has said something', () => {
    const { lab, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.answer(lab.outlet.lastRequest('INVITE'), 100);
    lab.time.advance(100_000);

    expect(lab.outlet.log).toEqual(['INVITE']);
    expect(events).toEqual(['100']);
  });

  it('stays with its target when it is told to', () => {
    const { lab, outgoing, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    outgoing.stay();
    lab.time.advance(32_000);

    expect(lab.outlet.sent.every(({ path }) => path === FIRST)).toBe(true);
    expect(events).toEqual(['timedOut', 'terminated']);
  });

  it('hears late answers to an INVITE it has left, and repeats it no more', () => {
    const { lab, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);
    const first = lab.outlet.lastRequest('INVITE');
    lab.time.advance(6000);
    const second = lab.outlet.lastRequest('INVITE');
    lab.answer(second, 100);
    const count = lab.outlet.sent.length;

    lab.time.advance(10_000);
    lab.answer(first, 180);
    lab.answer(first, 200);
    lab.answer(second, 486);

    expect(lab.outlet.log.slice(count)).toEqual(['ACK']);
    expect(events).toEqual(['100', 'late 180 of 192.0.2.5', 'late 200 of 192.0.2.5', '486']);
  });

  it.each([180, 200, 407, 486])(
    'returns to a slow target as long as the next is silent: %i',
    (status) => {
      const { lab, outgoing, events } = setup(NAME, 'INVITE');
      lab.routes.lookups[0]?.resolved([FIRST, SECOND]);
      const first = lab.outlet.lastRequest('INVITE');
      lab.time.advance(6000);
      const second = lab.outlet.lastRequest('INVITE');

      lab.answer(first, status);
      lab.answer(second, 180);

      expect(events).toEqual([String(status), 'late 180 of 192.0.2.6']);
      expect([outgoing.path, outgoing.message]).toEqual([FIRST, first]);
      lab.answer(second, 487);
      if (status === 180) lab.answer(first, 486);
      lab.time.advance(200_000);
      expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
    },
  );

  it('waits for the slow target when the next one has the request from it', () => {
    const { lab, outgoing, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND, THIRD]);
    const first = lab.outlet.lastRequest('INVITE');
    lab.time.advance(6000);

    lab.answer(lab.outlet.lastRequest('INVITE'), 482);
    lab.time.advance(20_000);
    const before = [...events];
    lab.answer(first, 200);

    expect(before).toEqual([]);
    expect(events).toEqual(['200']);
    expect(outgoing.path).toEqual(FIRST);
  });

  it('takes a 482 for the answer when no other target can have the request', () => {
    const { lab, events } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);
    const first = lab.outlet.lastRequest('INVITE');
    lab.time.advance(6000);
    const second = lab.outlet.lastRequest('INVITE');

    lab.answer(first, 503);
    lab.answer(second, 482);

    expect(events).toEqual(['late 503 of 192.0.2.5', '482']);
  });

  it('forgets an INVITE it has left that rings on for ever', () => {
    const { lab, outgoing } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);
    const first = lab.outlet.lastRequest('INVITE');
    lab.time.advance(6000);

    lab.answer(first, 180);
    outgoing.abandon();
    const ringing = lab.layer.clientCount;
    lab.time.advance(64_000);

    expect(ringing).toBe(1);
    expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
  });

  it('keeps no timer for an INVITE it has left once that has timed out', () => {
    const { lab } = setup(NAME, 'INVITE');
    lab.routes.lookups[0]?.resolved([FIRST, SECOND]);

    lab.time.advance(6000);
    lab.answer(lab.outlet.lastRequest('INVITE'), 486);
    lab.time.advance(32_000);

    expect([lab.layer.clientCount, lab.time.pendingCount]).toEqual([0, 0]);
  });

  it('never says anything about an address that was not looked up', () => {
    const { lab } = setup('sip:x@192.0.2.5');

    lab.outlet.sent[0]?.failed('refused');

    expect(lab.routes.notes).toEqual([]);
  });

  it('asks for the targets of its Call-ID', () => {
    const { lab, outgoing } = setup(NAME);

    expect(lab.routes.lookups[0]?.callId).toBe(outgoing.message.headers.get('Call-ID'));
  });
});
