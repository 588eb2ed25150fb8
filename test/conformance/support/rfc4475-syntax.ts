import type { TortureCase } from './torture-case.ts';

const UNANSWERABLE = 'what an answer has to repeat cannot be read';
const UNREADABLE = 'a response that cannot be read is dropped';

/** RFC 4475 section 3.1.1: valid messages. */
export const VALID_SYNTAX: readonly TortureCase[] = [
  {
    rfc: 'rfc4475',
    section: '3.1.1.1',
    name: 'wsinv',
    outcome: {
      read: {
        method: 'INVITE',
        uri: 'sip:vivekg@chair-dnrc.example.com;unknownparam',
        headers: {
          To: ['sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n'],
          Subject: [''],
          CSeq: ['0009 INVITE'],
          NewFangledHeader: ['newfangled value continued newfangled value'],
          UnknownHeaderWithUnusualValue: [';;,,;;,;'],
          Route: ['<sip:services.example.com;lr;unknownwith=value;unknown-no-value>'],
        },
        bodyBytes: 150,
      },
    },
    answer: 481,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.2',
    name: 'intmeth',
    outcome: {
      read: {
        method: "!interesting-Method0123456789_*+`.%indeed'~",
        uri: "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
        headers: {
          'Call-ID': ['intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{'],
          "extensionHeader-!.%*+_`'~": ['\u{FEFF}大停電'],
        },
        bodyBytes: 0,
      },
    },
    answer: 405,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.3',
    name: 'esc01',
    outcome: {
      read: {
        method: 'INVITE',
        uri: 'sip:sips%3Auser%40example.com@example.net',
        headers: {
          'Call-ID': ['esc01.239409asdfakjkn23onasd0-3234'],
          Contact: ['<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>'],
        },
        bodyBytes: 150,
      },
    },
    answer: 603,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.4',
    name: 'escnull',
    outcome: {
      read: {
        method: 'REGISTER',
        headers: {
          To: ['sip:null-%00-null@example.com'],
          Contact: ['<sip:%00@host5.example.com>', '<sip:%00%00@host5.example.com>'],
        },
        bodyBytes: 0,
      },
    },
    answer: 405,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.5',
    name: 'esc02',
    outcome: {
      read: {
        method: 'RE%47IST%45R',
        headers: {
          Contact: ['<sip:alias1@host1.example.com>', '<sip:alias3@host3.example.com>'],
          'C%6Fntact': ['<sip:alias2@host2.example.com>'],
        },
        bodyBytes: 0,
      },
    },
    answer: 405,
    because: 'escapes in methods and header names are not undone: not a REGISTER, not a Contact',
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.6',
    name: 'lwsdisp',
    outcome: {
      read: {
        method: 'OPTIONS',
        headers: { From: ['caller<sip:caller@example.com>;tag=323'] },
        bodyBytes: 0,
      },
    },
    answer: 200,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.7',
    name: 'longreq',
    outcome: { read: { method: 'INVITE', uri: 'sip:user@example.com', bodyBytes: 150 } },
    answer: 603,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.8',
    name: 'dblreq',
    outcome: {
      read: {
        method: 'REGISTER',
        headers: { 'Call-ID': ['dblreq.0ha0isndaksdj99sdfafnl3lk233412'] },
        bodyBytes: 0,
      },
    },
    answer: 405,
    because: 'what a datagram holds beyond Content-Length is ignored',
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.9',
    name: 'semiuri',
    outcome: {
      read: {
        method: 'OPTIONS',
        uri: 'sip:user;par=u%40example.net@example.com',
        bodyBytes: 0,
      },
    },
    answer: 200,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.10',
    name: 'transports',
    outcome: {
      read: {
        method: 'OPTIONS',
        headers: {
          Via: [
            'SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw',
            'SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf',
            'SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj',
            'SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en',
            'SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee',
          ],
        },
        bodyBytes: 0,
      },
    },
    answer: 200,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.11',
    name: 'mpart01',
    outcome: { read: { method: 'MESSAGE', bodyBytes: 553 } },
    answer: 405,
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.12',
    name: 'unreason',
    outcome: {
      read: {
        status: 200,
        reason: '= 2**3 * 5**2 но сто девяносто девять - простое',
        bodyBytes: 154,
      },
    },
    answer: 'dropped',
    because: 'a response to nothing of ours',
  },
  {
    rfc: 'rfc4475',
    section: '3.1.1.13',
    name: 'noreason',
    outcome: { read: { status: 100, reason: '', bodyBytes: 0 } },
    answer: 'dropped',
    because: 'a response to nothing of ours',
  },
];

function refused(
  section: string,
  name: string,
  reason: Extract<TortureCase['outcome'], { refused: unknown }>['refused'],
  because?: string,
): TortureCase {
  const isDropped = because === UNANSWERABLE || because === UNREADABLE;
  return {
    rfc: 'rfc4475',
    section,
    name,
    outcome: { refused: reason },
    answer: isDropped ? 'dropped' : 400,
    ...(because === undefined ? {} : { because }),
  };
}

/** RFC 4475 section 3.1.2: invalid messages. */
export const INVALID_SYNTAX: readonly TortureCase[] = [
  refused('3.1.2.1', 'badinv01', 'parameter', UNANSWERABLE),
  refused('3.1.2.2', 'clerr', 'bodyTruncated'),
  refused('3.1.2.3', 'ncl', 'contentLength'),
  refused('3.1.2.4', 'scalar02', 'cseq', UNANSWERABLE),
  refused('3.1.2.5', 'scalarlg', 'cseq', UNREADABLE),
  refused('3.1.2.6', 'quotbal', 'quoting', UNANSWERABLE),
  refused('3.1.2.7', 'ltgtruri', 'uri', 'the brackets could be cut off; the RFC leaves it free'),
  refused('3.1.2.8', 'lwsruri', 'startLine'),
  refused('3.1.2.9', 'lwsstart', 'startLine', 'the spaces could be let go; the RFC leaves it free'),
  refused('3.1.2.10', 'trws', 'startLine', 'the spaces could be let go; the RFC leaves it free'),
  refused('3.1.2.11', 'escruri', 'uri', 'the headers could be ignored; the RFC leaves it free'),
  {
    rfc: 'rfc4475',
    section: '3.1.2.12',
    name: 'baddate',
    outcome: {
      read: {
        method: 'INVITE',
        headers: { Date: ['Fri, 01 Jan 2010 16:00:00 EST'] },
        bodyBytes: 150,
      },
    },
    answer: 603,
    because: 'we have no use for Date, and may therefore ignore what it says',
  },
  refused('3.1.2.13', 'regbadct', 'nameAddr'),
  {
    rfc: 'rfc4475',
    section: '3.1.2.14',
    name: 'badaspec',
    outcome: {
      read: {
        method: 'OPTIONS',
        headers: { To: ['"Watson, Thomas" < sip:t.watson@example.org >'] },
        bodyBytes: 0,
      },
    },
    answer: 200,
    because: 'the RFC allows to ignore the spaces, as long as they are not passed on in a URI',
  },
  refused('3.1.2.15', 'baddn', 'nameAddr', UNANSWERABLE),
  refused('3.1.2.16', 'badvers', 'version', UNANSWERABLE),
  refused('3.1.2.17', 'mismatch01', 'cseq'),
  refused('3.1.2.18', 'mismatch02', 'cseq'),
  refused('3.1.2.19', 'bigcode', 'status', UNREADABLE),
];
