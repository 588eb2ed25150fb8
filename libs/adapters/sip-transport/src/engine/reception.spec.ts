import { describe, expect, it } from 'vitest';
import { arrivalFrom, SeededRandom, sipRequest, VirtualTime } from '#testkit';
import type { SipRequest } from '#protocol/sip';
import { ClientRoster } from './client-roster.ts';
import { LegTable } from './leg-table.ts';
import { Reception } from './reception.ts';

/** A reception where a client wants the given methods and nobody is known. */
function setup({ wanted = [] as readonly string[], isAsking = false } = {}) {
  const time = new VirtualTime();
  const clients = new ClientRoster();
  clients.add({
    isConnected: true,
    hasRoute: (method) => wanted.includes(method),
    send: () => undefined,
  });
  const reception = new Reception({
    strangers: { perSource: { perSecond: 10, burst: 3 }, scanners: ['Nosy*Parker'] },
    clients,
    legs: new LegTable(),
    isAsking: () => isAsking,
    clock: time,
    timers: time,
    random: new SeededRandom(1),
  });
  /** One word for what is done: `serve`, `drop`, or the status of the answer. */
  const admit = (request: SipRequest, address?: string): string | number => {
    const admission = reception.admit(request, arrivalFrom('udp', address));
    return typeof admission === 'string' ? admission : admission.status;
  };
  return { reception, admit, time };
}

const from = (agent: string): SipRequest =>
  sipRequest({ method: 'OPTIONS', headers: [['User-Agent', agent]] });

describe('the reception', () => {
  it.each([
    ['OPTIONS', 200],
    ['INVITE', 603],
    ['REGISTER', 405],
    ['BYE', 481],
    ['CANCEL', 481],
  ])('answers what no client wants without state: %s', (method, status) => {
    expect(setup().admit(sipRequest({ method }))).toBe(status);
  });

  it('serves what a client wants', () => {
    const { admit } = setup({ wanted: ['OPTIONS'] });

    expect(admit(sipRequest({ method: 'OPTIONS' }))).toBe('serve');
    expect(admit(sipRequest({ method: 'OPTIONS', to: '<sip:x@y>;tag=gone' }))).toBe(481);
  });

  it('gives a repeated request the same tag, and another one another', () => {
    const { reception } = setup();
    const tagFor = (callId: string): string | undefined => {
      const admission = reception.admit(sipRequest({ callId }), arrivalFrom());
      return typeof admission === 'string' ? admission : admission.headers.get('To');
    };

    const first = tagFor('a');

    expect(first).toContain(';tag=');
    expect(tagFor('a')).toBe(first);
    expect(tagFor('b')).not.toBe(first);
  });

  it.each([
    'friendly-scanner',
    'sipcli/v1.8',
    'sipvicious',
    'VaxSIPUserAgent/3.1',
    'Nosy*Parker 2',
  ])('drops scanners by User-Agent: %s', (agent) => {
    const { reception, admit } = setup({ wanted: ['OPTIONS'] });

    expect(admit(from(agent))).toBe('drop');
    expect(reception.counts.scanners).toBe(1);
  });

  it.each(['Asterisk PBX 18', 'Twilio Gateway', 'Smapple 1', 'kamailio (5.6.3)', ''])(
    'takes others for no scanners: "%s"',
    (agent) => expect(setup().admit(from(agent))).toBe(200),
  );

  it('drops scanners by their name in From, not by that of their host', () => {
    const { admit } = setup();

    expect(admit(sipRequest({ from: '"sipvicious" <sip:100@192.0.2.9>;tag=a' }))).toBe('drop');
    expect(admit(sipRequest({ from: '<sip:100@sipvicious.example.com>;tag=a' }))).toBe(603);
  });

  it('drops what one source asks too often', () => {
    const { reception, admit, time } = setup();
    const answers = Array.from({ length: 5 }, () => admit(sipRequest(), '192.0.2.7'));

    expect(answers).toEqual([603, 603, 603, 'drop', 'drop']);
    expect(admit(sipRequest(), '192.0.2.8')).toBe(603);
    time.advance(100);
    expect(admit(sipRequest(), '192.0.2.7')).toBe(603);
    expect(reception.counts).toMatchObject({ rateLimited: 2, turnedAway: 5 });
  });

  it('never drops what comes from an address that we are asking something', () => {
    const { admit } = setup({ isAsking: true });

    for (let i = 0; i < 20; i += 1) expect(admit(sipRequest())).toBe(603);
  });

  it('answers itself what would be too much for the clients', () => {
    const { admit } = setup({ wanted: ['OPTIONS'], isAsking: true });
    const ping = sipRequest({ method: 'OPTIONS' });
    const answers = Array.from({ length: 300 }, () => admit(ping));

    expect(answers.filter((answer) => answer === 'serve')).toHaveLength(100);
    expect(answers.filter((answer) => answer === 200)).toHaveLength(200);
  });
});
