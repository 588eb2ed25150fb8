import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { bodyOf, parseCommandMessage } from '#protocol/sip';
import type { SipRequest, SipResponse } from '#protocol/sip';
import { completeNewRequest, dialogHeaders } from './header-policy.ts';
import { CommandRefused } from './refusals.ts';
import { completeResponse } from './response-policy.ts';

const OWN = { hostPort: '192.0.2.1:5070', transport: 'udp' } as const;

function sketch(method: string, headers: readonly string[] = [], body = ''): SipRequest {
  const lines = [`${method} sip:bob@192.0.2.2;transport=tcp SIP/2.0`, ...headers];
  return parseCommandMessage(`${lines.join('\r\n')}\r\n\r\n${body}`) as SipRequest;
}

const complete = (request: SipRequest, own: Parameters<typeof completeNewRequest>[1] = OWN) =>
  completeNewRequest(request, own, new SeededRandom(5));

describe('a new request of a client', () => {
  it('gets everything that it lacks', () => {
    const { headers } = complete(sketch('INVITE', [], 'v=0\r\n'));

    expect([...headers.entries()]).toEqual([
      ['Max-Forwards', '70'],
      ['From', expect.stringMatching(/^<sip:192\.0\.2\.1:5070>;tag=[0-9a-f]{16}$/)],
      ['To', '<sip:bob@192.0.2.2;transport=tcp>'],
      ['Call-ID', expect.stringMatching(/^[0-9a-f-]{36}$/)],
      ['CSeq', expect.stringMatching(/^\d+ INVITE$/)],
      ['Contact', '<sip:192.0.2.1:5070>'],
      ['Content-Type', 'application/sdp'],
      ['Content-Length', '5'],
    ]);
  });

  it('has the names that drachtio-srf lowered in their usual spelling', () => {
    const { headers } = complete(sketch('MESSAGE', ['subject: a', 'x-color: b', 'User-agent: c']));

    const names = [...headers.entries()].map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['Subject', 'x-color', 'User-agent']));
  });

  it.each([
    ['INVITE', true],
    ['SUBSCRIBE', true],
    ['OPTIONS', false],
    ['REGISTER', false],
  ])('%s gets a Contact: %s', (method, isGiven) => {
    expect(complete(sketch(method)).headers.has('Contact')).toBe(isGiven);
  });

  it('names the transport in its Contact unless it is UDP', () => {
    const { headers } = complete(sketch('INVITE'), { ...OWN, transport: 'tcp' });

    expect(headers.get('Contact')).toBe('<sip:192.0.2.1:5070;transport=tcp>');
  });

  it.each([
    ['From', 'sip:alice@localhost', '<sip:alice@192.0.2.1:5070>'],
    ['From', '"A B" <sip:localhost:99>', '"A B" <sip:192.0.2.1:5070>'],
    ['From', '<sip:alice@example.com>', '<sip:alice@example.com>'],
    ['Contact', 'sip:alice@localhost', '<sip:alice@192.0.2.1:5070>'],
    ['Contact', '<sip:a@localhost;ob>;expires=60', '<sip:a@192.0.2.1:5070;ob>;expires=60'],
    ['Contact', '*', '*'],
    ['P-Asserted-Identity', '<sip:+1@localhost>', '<sip:+1@192.0.2.1:5070>'],
    ['To', '<sip:room@localhost.example>', '<sip:room@localhost.example>'],
    ['P-Asserted-Identity', '<tel:+1>', '<tel:+1>'],
  ])('has our address in the place of localhost: %s %s', (name, value, expected) => {
    const { headers } = complete(sketch('REGISTER', [`${name}: ${value}`]));

    expect(headers.get(name)?.replace(/;tag=.*/, '')).toBe(expected);
  });

  it('keeps the identity that a digest retry gives', () => {
    const { headers } = complete(
      sketch('INVITE', [
        'CSeq: 42 INVITE',
        'call-id: same@host',
        'From: <sip:a@192.0.2.1>;tag=old',
        'Proxy-Authorization: Digest username="a",realm="b, c"',
      ]),
    );

    expect(headers.get('CSeq')).toBe('42 INVITE');
    expect(headers.get('Call-ID')).toBe('same@host');
    expect(headers.get('From')).toBe('<sip:a@192.0.2.1>;tag=old');
    expect(headers.get('Proxy-Authorization')).toBe('Digest username="a",realm="b, c"');
  });

  it.each(['Via', 'Route', 'Record-Route', 'RSeq'])('does not pass on %s', (name) => {
    expect(complete(sketch('INVITE', [`${name}: 1`])).headers.has(name)).toBe(false);
  });

  it('counts its body in bytes, not in characters', () => {
    const { headers, body } = complete(
      sketch('MESSAGE', ['Content-Type: text/plain', 'Content-Length: 3'], 'äöü'),
    );

    expect(headers.get('Content-Length')).toBe('6');
    expect(body).toEqual(bodyOf('äöü'));
  });

  it.each([
    [
      'a body that nobody knows the type of',
      sketch('MESSAGE', [], 'hello'),
      'missing content-type',
    ],
    ['a From that is no address', sketch('INVITE', ['From: "open']), 'invalid request-uri: '],
  ])('is refused for %s', (_name, request, reason) => {
    expect(() => complete(request)).toThrow(CommandRefused);
    expect(() => complete(request)).toThrow(reason);
  });
});

describe('a request of a client within a dialog', () => {
  it('gets what the dialog does not know: Contact, type, its own headers', () => {
    const headers = dialogHeaders(sketch('INVITE', ['X-A: 1'], 'v=0\r\n'), 'INVITE', OWN);

    expect(headers).toEqual([
      ['Contact', '<sip:192.0.2.1:5070>'],
      ['X-A', '1'],
      ['Content-Type', 'application/sdp'],
      ['Content-Length', '5'],
    ]);
  });
});

describe('a response of a client', () => {
  const invite = sketch('INVITE', [
    'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1',
    'Record-Route: <sip:p1;lr>',
    'From: <sip:x@192.0.2.9>;tag=x',
    'To: <sip:y@192.0.2.1>',
    'Call-ID: c',
    'CSeq: 1 INVITE',
  ]);
  const respond = (...lines: readonly string[]) => {
    const response = parseCommandMessage(`${lines.join('\r\n')}\r\n\r\n`) as SipResponse;
    return completeResponse(invite, response, { ...OWN, toTag: 'ours' }).headers;
  };

  it('has the identity of the request, whatever the client says', () => {
    const headers = respond('SIP/2.0 200 OK', 'From: <sip:evil>', 'CSeq: 9 BYE', 'Call-ID: other');

    expect(headers.get('From')).toBe('<sip:x@192.0.2.9>;tag=x');
    expect(headers.get('To')).toBe('<sip:y@192.0.2.1>;tag=ours');
    expect([headers.get('CSeq'), headers.get('Call-ID')]).toEqual(['1 INVITE', 'c']);
    expect(headers.getAll('Via')).toEqual(invite.headers.getAll('Via'));
  });

  it('has the To tag that the client chose', () => {
    expect(respond('SIP/2.0 180 Ringing', 'To: <sip:y@192.0.2.1>;tag=theirs').get('To')).toBe(
      '<sip:y@192.0.2.1>;tag=theirs',
    );
  });

  it.each([
    ['SIP/2.0 180 Ringing', true],
    ['SIP/2.0 200 OK', true],
    ['SIP/2.0 486 Busy Here', false],
  ])('to INVITE has Contact and Record-Route where a dialog begins: %s', (line, isDialog) => {
    const headers = respond(line);

    expect(headers.has('Contact')).toBe(isDialog);
    expect(headers.has('Record-Route')).toBe(isDialog);
  });
});
