import { buildFrame } from '#protocol/drachtio';
import { bodyOf } from '#protocol/sip';
import { OFFER } from '../../support/signalling-world.ts';
import { IPV6 } from './rfc5118.ts';
import { SEMANTICS } from './rfc4475-semantics.ts';
import { INVALID_SYNTAX, VALID_SYNTAX } from './rfc4475-syntax.ts';
import { tortureBytes } from './torture-case.ts';

const lines = (...text: readonly string[]): string => text.map((line) => `${line}\r\n`).join('');

const AUDIO = lines(
  'v=0',
  'o=- 20518 0 IN IP4 203.0.113.1',
  's=-',
  'c=IN IP4 203.0.113.1',
  't=0 0',
  'm=audio 54400 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=rtcp:54500 IN IP4 203.0.113.2',
  'a=sendrecv',
);

const HELD = lines(
  'v=0',
  'o=- 20518 1 IN IP6 2001:db8::1',
  's=-',
  'c=IN IP6 2001:db8::1/3',
  't=0 0',
  'a=sendonly',
  'm=video 0 RTP/AVP 96',
  'm=audio 54400/2 RTP/AVPF 8',
  'c=IN IP6 2001:db8::2',
);

const CALL = [
  'Via: SIP/2.0/UDP 192.0.2.1:5060;rport=5060;branch=z9hG4bK74bf9;received=192.0.2.1',
  'From: "Callcast" <sip:air@192.0.2.1>;tag=9fxced76sl',
  'To: <sip:bob@example.com>;tag=8321234356',
  'Call-ID: 3848276298220188511@192.0.2.1',
];

const REAL_REQUESTS = [
  lines(
    'INVITE sip:bob@example.com;transport=udp SIP/2.0',
    ...CALL.slice(0, 2),
    'To: <sip:bob@example.com>',
    'Call-ID: 3848276298220188511@192.0.2.1',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Contact: <sip:air@192.0.2.1:5060>;expires=3600;q=0.7',
    'Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>',
    'Supported: 100rel, timer, replaces',
    'Session-Expires: 1800;refresher=uac',
    'Content-Type: application/sdp',
    `Content-Length: ${AUDIO.length}`,
    '',
  ) + AUDIO,
  lines('BYE sip:air@192.0.2.1 SIP/2.0', ...CALL, 'CSeq: 2 BYE', 'Content-Length: 0', ''),
];

const REAL_RESPONSES = [
  lines(
    'SIP/2.0 200 OK',
    ...CALL,
    'CSeq: 1 INVITE',
    'Record-Route: <sip:p2.example.com;lr>,<sip:p1.example.com;lr>',
    'Contact: <sip:bob@198.51.100.7:5062;transport=udp>',
    'Content-Type: application/sdp',
    `Content-Length: ${AUDIO.length}`,
    '',
  ) + AUDIO,
  lines('SIP/2.0 180 Ringing', ...CALL, 'CSeq: 1 INVITE', 'RSeq: 1', 'l: 0', ''),
  lines(
    'SIP/2.0 407 Proxy Authentication Required',
    ...CALL,
    'CSeq: 1 INVITE',
    'Proxy-Authenticate: Digest realm="a, b", nonce="1\\"2", qop="auth,auth-int", algorithm=MD5',
    'Proxy-Authenticate: Digest realm="a, b", nonce="3", algorithm=SHA-256, stale=true',
    'Content-Length: 0',
    '',
  ),
];

const torture = [...VALID_SYNTAX, ...INVALID_SYNTAX, ...SEMANTICS, ...IPV6].map(tortureBytes);
const isResponse = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 4)).toString() === 'SIP/';

/** Requests to damage, good and bad. */
export const REQUESTS: readonly Uint8Array[] = [
  ...torture.filter((bytes) => !isResponse(bytes)),
  ...REAL_REQUESTS.map(bodyOf),
];

/** Responses to damage, good and bad. */
export const RESPONSES: readonly Uint8Array[] = [
  ...torture.filter(isResponse),
  ...REAL_RESPONSES.map(bodyOf),
];

/** Session descriptions to damage. */
export const SDPS: readonly Uint8Array[] = [AUDIO, HELD, OFFER].map(bodyOf);

const ID = '8b7dc53e-75b9-4b75-8e1e-e9daa7f484fc';
const SKETCH = 'INVITE sip:x@127.0.0.1 SIP/2.0\r\nFrom: <sip:a@localhost>\r\n\r\n';

/** Frames of the control protocol to damage, of both directions. */
export const FRAMES: readonly Uint8Array[] = [
  `${ID}|authenticate|cymru|blue,green`,
  `${ID}|route|INVITE`,
  `${ID}|remove_route|INVITE`,
  `${ID}|ping`,
  `${ID}|sip|||\r\n${SKETCH}`,
  `${ID}|sip|txn|dialog|\r\nSIP/2.0 200 OK\r\n\r\n`,
  `${ID}|response|${ID}|OK|txn|dialog`,
  `${ID}|sip|network|472|udp|127.0.0.1|5060|18:04:02.1234|txn|dialog|\r\n${SKETCH}`,
].map((payload) => buildFrame(bodyOf(payload)));
