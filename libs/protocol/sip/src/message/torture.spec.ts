import { describe, expect, it } from 'vitest';
import { bodyOf, bodyText, type SipMessage } from './message.ts';
import { parseNameAddr } from './name-addr.ts';
import { parseSipMessage } from './parse-message.ts';
import type { SipParseReason } from './sip-parse-error.ts';
import { splitList } from './split-list.ts';
import { parseVia } from './via.ts';

// Messages with the faults and oddities of RFC 4475 (IPv4) and RFC 5118 (IPv6), named as there; the texts are our own.

interface Parts {
  readonly start?: string;
  readonly via?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cseq?: string;
  readonly more?: readonly string[];
  readonly body?: string;
}

function bytesOf(parts: Parts): Uint8Array {
  const { start = 'OPTIONS sip:user@example.com SIP/2.0', more = [], body = '' } = parts;
  const head = [
    start,
    `Via: ${parts.via ?? 'SIP/2.0/UDP host1.example.com;branch=z9hG4bKtorture'}`,
    `From: ${parts.from ?? 'sip:caller@example.org;tag=33242'}`,
    `To: ${parts.to ?? 'sip:user@example.com'}`,
    'Call-ID: torture.sadonfo23i420jv0as0derf3j3n',
    `CSeq: ${parts.cseq ?? '8 OPTIONS'}`,
    ...more,
  ];
  return bodyOf(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function read(parts: Parts): SipMessage {
  return parseSipMessage(bytesOf(parts), 'datagram');
}

const INVITE = 'INVITE sip:user@example.com SIP/2.0';

describe('messages that have to be read', () => {
  it('wsinv: white space and folding wherever they are allowed', () => {
    const text = [
      'INVITE sip:vivek@chair.example.com;unknownparam SIP/2.0',
      'TO :',
      ' sip:vivek@chair.example.com ;   tag    = 19181n',
      'from   : "J Rosen \\\\\\""       <sip:j@example.com>',
      '  ;',
      '  tag = 98asjd8',
      'MaX-fOrWaRdS: 0068',
      'Call-ID: wsinv@192.0.2.1',
      'Content-Length   : 3',
      'cseq: 0009',
      '  INVITE',
      'Via  : SIP  /   2.0',
      ' /UDP',
      '    192.0.2.2;branch=390skd',
      's :',
      'NewFangled:   newfangled value',
      ' continued newfangled value',
      'UnknownHeaderWithUnusualValue: ;;,,;;,;',
      'Route:',
      ' <sip:services.example.com;lr;unknown=value;no-value>',
      'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
      '  branch  =   z9hG4bK9  ,',
      ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
      ' z9hG4bK30239',
      'm:"Quoted string \\"\\"" <sip:j@example.com> ; newparam =',
      '      newvalue ;',
      '  secondparam ; q = 0.33',
      '',
      'v=0',
    ].join('\r\n');

    const { headers, ...message } = parseSipMessage(bodyOf(text), 'datagram');

    expect(message).toMatchObject({ method: 'INVITE', body: bodyOf('v=0') });
    expect(parseNameAddr(headers.get('From') ?? '')).toMatchObject({
      displayName: 'J Rosen \\"',
      params: new Map([['tag', '98asjd8']]),
    });
    expect(
      headers
        .getAll('Via')
        .flatMap(splitList)
        .map(parseVia)
        .map(({ host }) => host),
    ).toEqual(['192.0.2.2', 'spindle.example.com', '192.168.255.111']);
    expect(headers.get('NewFangled')).toBe('newfangled value continued newfangled value');
    expect(headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
    expect(headers.get('Subject')).toBe('');
    expect(parseNameAddr(headers.get('Contact') ?? '').params).toEqual(
      new Map<string, string | true>([
        ['newparam', 'newvalue'],
        ['secondparam', true],
        ['q', '0.33'],
      ]),
    );
  });

  it('intmeth: every character that is allowed somewhere', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~";
    const uri =
      "sip:1_u.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,pas$wo~d_(no-it)@example.com";
    const { headers } = read({
      start: `${method} ${uri} SIP/2.0`,
      via: "SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
      from: "token1~` token2'+_ token3*%!.- <sip:m@b>;fromParam''~+*_!.-%=\"работа\";tag=_t~1'+`*%!-.",
      to: '"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007F" <sip:1_u.URI~(sure)&it$/crazy?,/;;*@example.com>',
      cseq: `139122385 ${method}`,
      more: ["extensionHeader-!.%*+_`'~:\u{FEFF}大停電", 'Max-Forwards: 255'],
    });

    expect(headers.get("extensionheader-!.%*+_`'~")).toBe('\u{FEFF}大停電');
    expect(parseNameAddr(headers.get('To') ?? '').displayName).toBe(
      'BEL:\u0007 NUL:\u0000 DEL:\u007F',
    );
  });

  it.each<readonly [string, Parts]>([
    ['esc01', { start: 'OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0' }],
    ['escnull', { to: 'sip:null-%00-null@example.com', more: ['m: <sip:%00@host5.example.com>'] }],
    [
      'esc02',
      {
        start: 'RE%47IST%45R sip:registrar SIP/2.0',
        cseq: '29344 RE%47IST%45R',
        to: '"%Z%45" <sip:r@b>',
      },
    ],
    ['lwsdisp', { from: 'caller<sip:caller@example.com>;tag=323' }],
    [
      'longreq',
      {
        more: [`X-${'long'.repeat(500)}: ${'value '.repeat(300)}`],
        from: `<sip:${'a'.repeat(900)}@b>;tag=1`,
      },
    ],
    ['semiuri', { start: 'OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0' }],
    [
      'transports',
      { via: 'SIP/2.0/SCTP a;branch=1, SIP/2.0/TLS b;branch=2, SIP/2.0/UNKNOWN c;branch=3' },
    ],
    ['unreason', { start: 'SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое' }],
    ['noreason', { start: 'SIP/2.0 100 ' }],
    ['badbranch', { via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK' }],
    ['unkscm', { start: 'OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0' }],
    ['novelsc', { start: 'OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0' }],
    ['unksm2', { to: 'isbn:2983792873', from: '<http://www.example.com>;tag=3234233' }],
    ['zeromf', { more: ['Max-Forwards: 0'] }],
    ['cparam01', { more: ['Contact: sip:+19725552222@gw1.example.net;unknownparam'] }],
    ['regescrt', { more: ['Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>'] }],
    [
      'inv2543',
      {
        via: 'SIP/2.0/UDP iftgw.example.com',
        from: '<sip:+13035551111@ift.example.net;user=phone>',
      },
    ],
    ['badaspec', { to: '"Watson, Thomas" < sip:t.watson@example.org >' }],
    [
      'ipv6-good',
      { start: 'OPTIONS sip:[2001:db8::10] SIP/2.0', via: 'SIP/2.0/UDP [2001:db8::9:1];branch=1' },
    ],
    ['port-ambiguous', { start: 'OPTIONS sip:[2001:db8::10:5070] SIP/2.0' }],
    [
      'via-received-param',
      { via: 'SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=1' },
    ],
    ['ipv4-mapped-ipv6', { start: 'OPTIONS sip:[::ffff:192.0.2.10] SIP/2.0' }],
  ])('%s', (_name, parts) => {
    expect(read(parts).headers.get('Call-ID')).toContain('torture');
  });

  it('dblreq: the second request of a datagram is not there', () => {
    const first = bytesOf({ more: ['l: 0'] });
    const datagram = Buffer.concat([first, bytesOf({ start: INVITE, cseq: '1 INVITE' })]);

    expect(parseSipMessage(datagram, 'datagram')).toMatchObject({
      method: 'OPTIONS',
      body: bodyOf(''),
    });
  });

  it('mpart01: a body with blank lines and zero bytes is kept', () => {
    const body = '--b\r\nContent-Type: a/b\r\n\r\n\u0000\u0001\r\n\r\n--b--';

    expect(bodyText(read({ body, more: [`l: ${body.length}`] }))).toBe(body);
  });
});

describe('messages that have to be refused', () => {
  it.each<readonly [string, SipParseReason, Parts]>([
    ['badinv01', 'parameter', { via: 'SIP/2.0/UDP 192.0.2.15;;,;,,' }],
    ['badinv01 in Contact', 'parameter', { more: ['Contact: "Joe" <sip:joe@example.org>;;;;'] }],
    ['clerr', 'bodyTruncated', { more: ['Content-Length: 9999'], body: 'v=0' }],
    ['ncl', 'contentLength', { more: ['Content-Length: -999'] }],
    ['scalar02', 'cseq', { cseq: '36893488147419103232 OPTIONS' }],
    ['scalar02 in Max-Forwards', 'maxForwards', { more: ['Max-Forwards: 300'] }],
    [
      'scalarlg',
      'cseq',
      { start: 'SIP/2.0 503 Service Unavailable', cseq: '9292394834772304023312 OPTIONS' },
    ],
    ['quotbal', 'quoting', { to: '"Mr. J. User <sip:j.user@example.com>' }],
    ['ltgtruri', 'uri', { start: 'OPTIONS <sip:user@example.com> SIP/2.0' }],
    ['lwsruri', 'startLine', { start: 'OPTIONS sip:user@example.com; lr SIP/2.0' }],
    ['lwsstart', 'startLine', { start: 'OPTIONS  sip:user@example.com  SIP/2.0' }],
    ['trws', 'startLine', { start: 'OPTIONS sip:user@example.com SIP/2.0  ' }],
    [
      'escruri',
      'uri',
      { start: 'OPTIONS sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0' },
    ],
    ['baddn', 'nameAddr', { from: 'Bell, Alexander <sip:a.g.bell@example.com>;tag=43' }],
    ['badvers', 'version', { start: 'OPTIONS sip:t.watson@example.org SIP/7.0' }],
    ['mismatch01', 'cseq', { cseq: '8 INVITE' }],
    ['mismatch02', 'cseq', { start: 'NEWMETHOD sip:user@example.com SIP/2.0', cseq: '8 INVITE' }],
    ['bigcode', 'status', { start: 'SIP/2.0 4294967301 better not break the receiver' }],
    ['multi01', 'duplicateHeader', { more: ['To: sip:user@example.com', 'From: sip:a@b'] }],
    ['mcl01', 'contentLength', { more: ['Content-Length: 3', 'Content-Length: 2'], body: 'v=0' }],
    ['regbadct', 'nameAddr', { more: ['Contact: sip:user@example.com?Route=%3Csip:b%3E'] }],
    ['ipv6-bad', 'uri', { start: 'OPTIONS sip:2001:db8::10 SIP/2.0' }],
  ])('%s', (_name, reason, parts) => {
    expect(() => read(parts)).toThrow(expect.objectContaining({ name: 'SipParseError', reason }));
  });

  it('insuf: a request without Call-ID, From and To', () => {
    const bytes = bodyOf('INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\nVia: SIP/2.0/UDP a\r\n\r\n');

    expect(() => parseSipMessage(bytes, 'datagram')).toThrow(
      expect.objectContaining({ reason: 'missingHeader' }),
    );
  });
});
