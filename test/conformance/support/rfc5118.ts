import type { ReadAs, TortureCase } from './torture-case.ts';

const NO_REGISTRAR = 'no registrar is here';

function read(
  section: string,
  name: string,
  rest: ReadAs & Pick<TortureCase, 'answer' | 'because'>,
): TortureCase {
  const { answer, because, ...as } = rest;
  const why = because === undefined ? {} : { because };
  return { rfc: 'rfc5118', section, name, outcome: { read: as }, answer, ...why };
}

/** RFC 5118 section 4: IPv6. */
export const IPV6: readonly TortureCase[] = [
  read('4.1', 'ipv6-good', {
    method: 'REGISTER',
    uri: 'sip:[2001:db8::10]',
    headers: { Contact: ['"Caller" <sip:caller@[2001:db8::1]>'] },
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  {
    rfc: 'rfc5118',
    section: '4.2',
    name: 'ipv6-bad',
    outcome: { refused: 'uri' },
    answer: 400,
  },
  read('4.3', 'port-ambiguous', {
    method: 'REGISTER',
    uri: 'sip:[2001:db8::10:5070]',
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  read('4.4', 'port-unambiguous', {
    method: 'REGISTER',
    uri: 'sip:[2001:db8::10]:5070',
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  read('4.5', 'via-received-param-with-delim', {
    method: 'BYE',
    headers: {
      Via: ['SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111'],
    },
    bodyBytes: 0,
    answer: 481,
  }),
  read('4.5', 'via-received-param-no-delim', {
    method: 'OPTIONS',
    headers: {
      Via: ['SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3'],
    },
    bodyBytes: 0,
    answer: 200,
  }),
  read('4.6', 'ipv6-in-sdp', {
    method: 'INVITE',
    uri: 'sip:user@[2001:db8::10]',
    bodyBytes: 251,
    answer: 603,
  }),
  read('4.7', 'mult-ip-in-header', {
    method: 'BYE',
    headers: {
      Via: [
        'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111',
        'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144',
        'SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200',
      ],
    },
    bodyBytes: 0,
    answer: 481,
  }),
  read('4.8', 'mult-ip-in-sdp', { method: 'INVITE', bodyBytes: 189, answer: 603 }),
  read('4.9', 'ipv4-mapped-ipv6', {
    method: 'INVITE',
    headers: {
      Via: [
        'SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19',
        'SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111',
      ],
      Contact: ['"T. desk phone" <sip:ted@[::ffff:192.0.2.2]>'],
    },
    bodyBytes: 245,
    answer: 603,
  }),
  read('4.10', 'ipv6-bug-abnf-3-colons', {
    method: 'OPTIONS',
    uri: 'sip:user@[2001:db8:::192.0.2.1]',
    bodyBytes: 0,
    answer: 200,
    because: 'the extra colon has to be tolerated, and is passed on as it came',
  }),
  read('4.10', 'ipv6-correct-abnf-2-colons', {
    method: 'OPTIONS',
    uri: 'sip:user@[2001:db8::192.0.2.1]',
    bodyBytes: 0,
    answer: 200,
  }),
];
