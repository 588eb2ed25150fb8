import type { ReadAs, TortureCase } from './torture-case.ts';

const NO_REGISTRAR = 'no registrar is here';
const APPLICATION = 'it is for the application to look into; none is connected';

function read(
  section: string,
  name: string,
  rest: ReadAs & Pick<TortureCase, 'answer' | 'because'>,
): TortureCase {
  const { answer, because, ...as } = rest;
  const why = because === undefined ? {} : { because };
  return { rfc: 'rfc4475', section, name, outcome: { read: as }, answer, ...why };
}

/** RFC 4475 sections 3.2 to 3.4: transactions, the application layer, peers from before RFC 3261. */
export const SEMANTICS: readonly TortureCase[] = [
  read('3.2.1', 'badbranch', {
    method: 'OPTIONS',
    headers: { Via: ['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK'] },
    bodyBytes: 0,
    answer: 200,
  }),
  {
    rfc: 'rfc4475',
    section: '3.3.1',
    name: 'insuf',
    outcome: { refused: 'missingHeader' },
    answer: 'dropped',
    because: 'what an answer has to repeat is missing',
  },
  read('3.3.2', 'unkscm', {
    method: 'OPTIONS',
    uri: 'nobodyKnowsThisScheme:totallyopaquecontent',
    bodyBytes: 0,
    answer: 416,
  }),
  read('3.3.3', 'novelsc', {
    method: 'OPTIONS',
    uri: 'soap.beep://192.0.2.103:3002',
    bodyBytes: 0,
    answer: 416,
  }),
  read('3.3.4', 'unksm2', {
    method: 'REGISTER',
    headers: {
      To: ['isbn:2983792873'],
      From: ['<http://www.example.com>;tag=3234233'],
      Contact: ['<name:John_Smith>'],
    },
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  read('3.3.5', 'bext01', {
    method: 'OPTIONS',
    headers: { Require: ['nothingSupportsThis, nothingSupportsThisEither'] },
    bodyBytes: 0,
    answer: 420,
  }),
  read('3.3.6', 'invut', {
    method: 'INVITE',
    headers: { 'Content-Type': ['application/unknownformat'] },
    bodyBytes: 40,
    answer: 603,
    because: APPLICATION,
  }),
  read('3.3.7', 'regaut01', {
    method: 'REGISTER',
    headers: { Authorization: ['NoOneKnowsThisScheme opaque-data=here'] },
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  {
    rfc: 'rfc4475',
    section: '3.3.8',
    name: 'multi01',
    outcome: { refused: 'duplicateHeader' },
    answer: 400,
  },
  {
    rfc: 'rfc4475',
    section: '3.3.9',
    name: 'mcl01',
    outcome: { refused: 'contentLength' },
    answer: 400,
  },
  read('3.3.10', 'bcast', {
    status: 200,
    headers: {
      Via: [
        'SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923',
        'SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23',
      ],
    },
    bodyBytes: 154,
    answer: 'dropped',
    because: 'a response to nothing of ours; the second Via is never sent to',
  }),
  read('3.3.11', 'zeromf', {
    method: 'OPTIONS',
    headers: { 'Max-Forwards': ['0'] },
    bodyBytes: 0,
    answer: 200,
    because: 'we forward nothing',
  }),
  read('3.3.12', 'cparam01', {
    method: 'REGISTER',
    headers: { Contact: ['sip:+19725552222@gw1.example.net;unknownparam'] },
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  read('3.3.13', 'cparam02', {
    method: 'REGISTER',
    headers: { Contact: ['<sip:+19725552222@gw1.example.net;unknownparam>'] },
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  read('3.3.14', 'regescrt', {
    method: 'REGISTER',
    headers: { Contact: ['<sip:user@example.com?Route=%3Csip:sip.example.com%3E>'] },
    bodyBytes: 0,
    answer: 405,
    because: NO_REGISTRAR,
  }),
  read('3.3.15', 'sdp01', {
    method: 'INVITE',
    headers: { Accept: ['text/nobodyKnowsThis'] },
    bodyBytes: 150,
    answer: 603,
    because: APPLICATION,
  }),
  read('3.4.1', 'inv2543', {
    method: 'INVITE',
    headers: { Via: ['SIP/2.0/UDP iftgw.example.com'] },
    bodyBytes: 105,
    answer: 603,
  }),
];
