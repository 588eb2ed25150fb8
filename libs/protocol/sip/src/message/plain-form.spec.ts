import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSipMessage } from './build-message.ts';
import { bodyOf, bodyText, type SipMessage } from './message.ts';
import { formatNameAddr, parseNameAddr } from './name-addr.ts';
import { parseSipMessage } from './parse-message.ts';
import { plainForm } from './plain-form.ts';

/** The class that drachtio-srf makes of the text which a server hands it. Its parser is the judge here. */
interface SrfMessage {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly body?: string;
  get(name: string): string | undefined;
  getParsedHeader(name: string): unknown;
}
type SrfMessageClass = new (text: string) => SrfMessage;
const SrfSipMessage = createRequire(import.meta.url)(
  'drachtio-srf/lib/sip-parser/message',
) as SrfMessageClass;

function asSrfReads(message: SipMessage): SrfMessage {
  return new SrfSipMessage(Buffer.from(buildSipMessage(message)).toString());
}

function response(lines: readonly string[], start = 'SIP/2.0 200 OK'): SipMessage {
  const head = [
    start,
    'v: SIP / 2.0 / UDP  172.29.0.10 : 5060 ;rport; branch=z9hG4bKx , SIP/2.0/TCP b;branch=2',
    'i: call-1',
    'CSeq: 5',
    ' INVITE',
    ...lines,
  ];
  return parseSipMessage(bodyOf(`${head.join('\r\n')}\r\nl: 5\r\n\r\nv=0\r\n`), 'datagram');
}

const ODD = response([
  'f: Jörg <sip:a@b>;tag=1',
  't: "B \\"ob\\"" < sip:bob@[2001:db8::1]:5070 > ; tag = abc.1',
  'm: Grüße<sip:bob@172.29.0.13:5060;transport=tcp> ;expires = 60',
  'Record-Route: <sip:p1;lr>,<sip:p2:5070;lr=on>',
]);

describe('plain form', () => {
  it('lets drachtio-srf read what it would otherwise misread', () => {
    const message = asSrfReads(plainForm(ODD));

    expect(message).toMatchObject({ status: 200, reason: 'OK', body: 'v=0\r\n' });
    expect(message.getParsedHeader('from')).toMatchObject({ uri: 'sip:a@b', params: { tag: '1' } });
    expect(message.getParsedHeader('to')).toMatchObject({
      name: '"B \\"ob\\""',
      uri: 'sip:bob@[2001:db8::1]:5070',
      params: { tag: 'abc.1' },
    });
    expect(message.getParsedHeader('Contact')).toMatchObject([
      { uri: 'sip:bob@172.29.0.13:5060;transport=tcp', params: { expires: '60' } },
    ]);
    expect(message.getParsedHeader('record-route')).toHaveLength(2);
    expect(message.getParsedHeader('via')).toMatchObject([
      { protocol: 'UDP', host: '172.29.0.10', port: 5060, params: { branch: 'z9hG4bKx' } },
      { protocol: 'TCP', host: 'b', params: { branch: '2' } },
    ]);
    expect(message.getParsedHeader('cseq')).toEqual({ seq: 5, method: 'INVITE' });
    // The same message as it came: the tag is lost to drachtio-srf, and with it the dialog.
    expect(asSrfReads(ODD).getParsedHeader('from')).not.toMatchObject({ params: { tag: '1' } });
  });

  it('says the same as the message it was made of', () => {
    const plain = plainForm(ODD);

    expect(plain.headers.getAll('Via')).toEqual([
      'SIP/2.0/UDP 172.29.0.10:5060;rport;branch=z9hG4bKx',
      'SIP/2.0/TCP b;branch=2',
    ]);
    for (const name of ['From', 'To', 'Contact']) {
      const [before, after] = [ODD, plain].map(({ headers }) =>
        parseNameAddr(headers.get(name) ?? ''),
      );
      expect(after).toEqual(before);
    }
    expect(bodyText(plain)).toBe(bodyText(ODD));
    expect([...plainForm(plain).headers.entries()]).toEqual([...plain.headers.entries()]);
  });

  it('a reason with line separators in it is still a status line', () => {
    const message = response(
      ['f: <sip:a@b>', 't: <sip:c@d>'],
      'SIP/2.0 486 Busy\u2028Here\u2029\u0007',
    );

    expect(asSrfReads(plainForm(message))).toMatchObject({
      status: 486,
      reason: expect.stringMatching(/^Busy Here/),
    });
  });

  it('an unreadable optional address is left out, a star stays', () => {
    const message = response([
      'f: <sip:a@b>',
      't: <sip:c@d>',
      'm: *',
      'Refer-To: <broken',
      'P-Asserted-Identity: ',
    ]);

    const plain = plainForm(message);

    expect(plain.headers.get('Contact')).toBe('*');
    expect(plain.headers.has('Refer-To')).toBe(false);
    expect(plain.headers.has('P-Asserted-Identity')).toBe(false);
  });

  it.each([
    [
      ['Digest realm="b", algorithm=MD5', 'Digest realm="a", algorithm=SHA-256'],
      ['Digest realm="a", algorithm=SHA-256', 'Digest realm="b", algorithm=MD5'],
    ],
    [
      ['DIGEST realm="b"', 'Digest realm="a",algorithm="SHA-256"', 'Digest realm="c"'],
      ['Digest realm="a",algorithm="SHA-256"', 'DIGEST realm="b"', 'Digest realm="c"'],
    ],
    [
      ['Negotiate x', 'Digest realm="a", algorithm=SHA-256'],
      ['Digest realm="a", algorithm=SHA-256'],
    ],
    [['Negotiate x'], ['Negotiate x']],
    [['Digest realm="a, algorithm b", nonce="n"'], ['Digest realm="a, algorithm b", nonce="n"']],
    [['', ''], []],
  ])('of the challenges %j the digests stay, MD5 last: %j', (challenges, kept) => {
    const lines = challenges.map((challenge) => `WWW-Authenticate: ${challenge}`);
    const message = response(['f: <sip:a@b>', 't: <sip:c@d>', ...lines], 'SIP/2.0 401 x');

    const plain = plainForm(message);

    expect(plain.headers.getAll('WWW-Authenticate')).toEqual(kept);
    expect(plain.headers.has('Proxy-Authenticate')).toBe(false);
  });

  it('drachtio-srf finds tag, address and name of any address', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
    const name = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(name, word, word, (displayName, user, tag) => {
        const uri = `sip:${user}@example.com`;
        const to = formatNameAddr({ displayName, uri, params: new Map([['tag', tag]]) });
        const message = asSrfReads(
          plainForm(response(['f: <sip:a@b>', `To: ${to}`, 'm: <sip:c@d>'])),
        );

        expect(message.getParsedHeader('to')).toMatchObject({ uri, params: { tag } });
      }),
    );
  });
});
