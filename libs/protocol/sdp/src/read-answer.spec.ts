import { describe, expect, it } from 'vitest';
import { readAnswer } from './index.ts';
import type { NegotiatedAudio, OfferedAudio, RtpFormat } from './index.ts';
import { CRLF, LISTENER, TALKER, HEAD, BODY, codeOf } from '../../../../test/support/sdp-texts.ts';

interface AnswerRow {
  readonly name: string;
  readonly offered?: OfferedAudio;
  readonly text: string;
  readonly expected: Partial<NegotiatedAudio>;
}

const G711 = (codec: 'PCMU' | 'PCMA') => ({ codec, clockRate: 8000, channels: 1 }) as const;
const EVENT = { codec: 'telephone-event', clockRate: 8000, channels: 1 } as const;
const PEER = { address: '198.51.100.7', port: 4000, rtcpPort: 4001 };
const ANSWERS: readonly AnswerRow[] = [
  {
    name: 'a plain answer to a listener',
    text: BODY(
      'm=audio 4000 RTP/AVP 0 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:30',
      'a=sendonly',
    ),
    expected: {
      codec: 'PCMU',
      payloadType: 0,
      payloadTypes: new Map<number, RtpFormat>([
        [0, G711('PCMU')],
        [101, EVENT],
      ]),
      clockRate: 8000,
      ptimeMs: 30,
      direction: 'recvonly',
      remote: PEER,
      isHeld: false,
      telephoneEvent: 101,
    },
  },
  {
    name: 'static payload types without a=rtpmap, in the order of the peer',
    text: BODY('m=audio 4000 RTP/AVP 8 0'),
    expected: {
      codec: 'PCMA',
      payloadType: 8,
      payloadTypes: new Map([
        [8, G711('PCMA')],
        [0, G711('PCMU')],
      ]),
      ptimeMs: 20,
      direction: 'recvonly',
    },
  },
  {
    name: 'a codec under a dynamic number of the peer: ours is expected too',
    text: BODY('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 pcma/8000'),
    expected: {
      codec: 'PCMA',
      payloadType: 96,
      payloadTypes: new Map([
        [96, G711('PCMA')],
        [8, G711('PCMA')],
      ]),
    },
  },
  {
    name: 'unknown codecs before a known one',
    text: BODY('m=audio 4000 RTP/AVP 18 97 0', 'a=rtpmap:97 opus/48000/2'),
    expected: { codec: 'PCMU', payloadType: 0 },
  },
  {
    name: 'an a=rtpmap without a rate is as good as none',
    text: BODY('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMU'),
    expected: { codec: 'PCMU' },
  },
  {
    name: 'the address of the stream before that of the session',
    text: BODY('m=audio 4000 RTP/AVP 0', 'c=IN IP4 203.0.113.9'),
    expected: { remote: { ...PEER, address: '203.0.113.9' } },
  },
  {
    name: 'an IPv6 address',
    text: CRLF([...HEAD, 't=0 0', 'm=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::7']),
    expected: { remote: { ...PEER, address: '2001:db8::7' } },
  },
  {
    name: 'a host name, kept as a name',
    text: CRLF([...HEAD, 'c=IN IP4 media-1.example.com', 't=0 0', 'm=audio 4000 RTP/AVP 0']),
    expected: { remote: { ...PEER, address: 'media-1.example.com' } },
  },
  {
    name: 'a host name that reads like a number',
    text: CRLF([
      ...HEAD,
      'c=IN IP4 a5',
      't=0 0',
      'm=audio 4000 RTP/AVP 0',
      'a=rtpmap:0 5/8000',
      'm=audio 4002 RTP/AVP 0',
    ]).replace('RTP/AVP 0\r\na=rtpmap:0 5/8000', 'RTP/AVP 0 8\r\na=rtpmap:0 5/8000'),
    expected: { codec: 'PCMA', remote: { ...PEER, address: 'a5' } },
  },
  {
    name: 'the first of two audio streams, after a video stream',
    text: BODY(
      'm=video 5000 RTP/AVP 96',
      'a=rtpmap:96 H264/90000',
      'm=audio 4000 RTP/AVP 0',
      'm=audio 4100 RTP/AVP 8',
    ),
    expected: { codec: 'PCMU', remote: PEER },
  },
  {
    name: 'an RTCP port of its own',
    text: BODY('m=audio 4000 RTP/AVP 0', 'a=rtcp:4711 IN IP4 198.51.100.7'),
    expected: { remote: { ...PEER, rtcpPort: 4711 } },
  },
  {
    name: 'a port count, AVPF, lone line feeds and a senseless packet time',
    text: BODY('m=audio 4000/2 RTP/AVPF 0', 'a=ptime:0').replaceAll('\r\n', '\n'),
    expected: { codec: 'PCMU', ptimeMs: 20, remote: PEER },
  },
  {
    name: 'a peer that hears a talker',
    offered: TALKER,
    text: BODY('m=audio 4000 RTP/AVP 0', 'a=sendrecv'),
    expected: { direction: 'sendrecv', isHeld: false },
  },
  {
    name: 'no direction means both ways, whatever else the session says nothing of',
    offered: TALKER,
    text: BODY('m=audio 4000 RTP/AVP 0'),
    expected: { direction: 'sendrecv', isHeld: false },
  },
  {
    name: 'a direction at session level',
    offered: TALKER,
    text: CRLF([...HEAD, 'c=IN IP4 198.51.100.7', 't=0 0', 'a=inactive', 'm=audio 4000 RTP/AVP 0']),
    expected: { direction: 'inactive', isHeld: true },
  },
  {
    name: 'hold of a talker: the peer stopped listening',
    offered: TALKER,
    text: BODY('m=audio 4000 RTP/AVP 0', 'a=sendonly'),
    expected: { direction: 'recvonly', isHeld: true },
  },
  {
    name: 'hold of a listener: the peer stopped sending',
    text: BODY('m=audio 4000 RTP/AVP 0', 'a=inactive'),
    expected: { direction: 'inactive', isHeld: true },
  },
  {
    name: 'hold by an address of zeros',
    offered: TALKER,
    text: CRLF([...HEAD, 'c=IN IP4 0.0.0.0', 't=0 0', 'm=audio 4000 RTP/AVP 0']),
    expected: { direction: 'recvonly', isHeld: true, remote: undefined },
  },
  {
    name: 'attributes nobody knows',
    text: BODY('m=audio 4000 RTP/AVP 0', 'a=candidate:x', 'a=', 'a=rtcp-fb', 'x=1', 'nonsense'),
    expected: { codec: 'PCMU' },
  },
];

const REFUSED: readonly { name: string; text: string; code: string }[] = [
  { name: 'nothing', text: '', code: 'malformed' },
  { name: 'something else', text: 'hello', code: 'malformed' },
  { name: 'another version', text: 'v=1\r\n', code: 'malformed' },
  { name: 'no audio', text: BODY('m=video 4000 RTP/AVP 96'), code: 'noAudio' },
  { name: 'no stream at all', text: BODY(), code: 'noAudio' },
  { name: 'port 0', text: BODY('m=audio 0 RTP/AVP 0'), code: 'noAudio' },
  { name: 'audio over SRTP', text: BODY('m=audio 4000 RTP/SAVP 0'), code: 'noAudio' },
  { name: 'audio by DTLS', text: BODY('m=audio 9 UDP/TLS/RTP/SAVPF 0'), code: 'noAudio' },
  { name: 'a foreign codec', text: BODY('m=audio 4000 RTP/AVP 18'), code: 'noCommonCodec' },
  {
    name: 'a wrong payload type: a dynamic one that nothing explains',
    text: BODY('m=audio 4000 RTP/AVP 96'),
    code: 'noCommonCodec',
  },
  {
    name: 'a payload type over 127',
    text: BODY('m=audio 4000 RTP/AVP 128'),
    code: 'noCommonCodec',
  },
  {
    name: 'a known name at a foreign rate',
    text: BODY('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 PCMU/16000'),
    code: 'noCommonCodec',
  },
  {
    name: 'a known name in stereo',
    text: BODY('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 PCMU/8000/2'),
    code: 'noCommonCodec',
  },
  {
    name: 'key presses alone',
    text: BODY('m=audio 4000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000'),
    code: 'noCommonCodec',
  },
  { name: 'a port over 65535', text: BODY('m=audio 65536 RTP/AVP 0'), code: 'malformed' },
  { name: 'no room for RTCP', text: BODY('m=audio 65535 RTP/AVP 0'), code: 'malformed' },
  { name: 'an m= line cut short', text: BODY('m=audio 4000'), code: 'malformed' },
  {
    name: 'a control character in a format',
    text: BODY('m=audio 4000 RTP/AVP 0\u0000'),
    code: 'malformed',
  },
  { name: 'no address', text: CRLF([...HEAD, 'm=audio 4000 RTP/AVP 0']), code: 'malformed' },
  {
    name: 'an address of another network',
    text: CRLF([...HEAD, 'c=ATM X 1', 'm=audio 4000 RTP/AVP 0']),
    code: 'malformed',
  },
  ...['224.2.1.1/127', '255.255.255.255', '0.1.2.3', '1.2.3', '1.2.3.256', 'a..b', '-x.y'].map(
    (address) => ({
      name: `address ${address}`,
      text: CRLF([...HEAD, `c=IN IP4 ${address}`, 'm=audio 4000 RTP/AVP 0']),
      code: 'addressRefused',
    }),
  ),
  ...['ff02::1', '1::2::3', '1:2:3', '12345::', '::ffff:224.0.0.1', '1:2:3:4:5:6:7:8:9', ':::'].map(
    (address) => ({
      name: `address ${address}`,
      text: CRLF([...HEAD, `c=IN IP6 ${address}`, 'm=audio 4000 RTP/AVP 0']),
      code: 'addressRefused',
    }),
  ),
  { name: '64 KiB and a byte', text: BODY().padEnd(65_537, '\n'), code: 'malformed' },
  { name: '64 KiB in fewer characters', text: BODY().padEnd(40_000, 'é'), code: 'malformed' },
  { name: 'a long line', text: BODY(`s=${'x'.repeat(4095)}`), code: 'malformed' },
  {
    name: '1001 attributes',
    text: BODY('m=audio 4000 RTP/AVP 0', ...Array.from({ length: 1001 }, () => 'a=x')),
    code: 'malformed',
  },
  {
    name: '33 streams',
    text: BODY(...Array.from({ length: 33 }, () => 'm=audio 4000 RTP/AVP 0')),
    code: 'malformed',
  },
];

describe('readAnswer', () => {
  it.each(ANSWERS)('reads $name', ({ text, offered, expected }) => {
    expect(readAnswer(text, offered ?? LISTENER)).toMatchObject(expected);
  });

  it.each(REFUSED)('refuses $name as $code', ({ text, code }) => {
    expect(codeOf(() => readAnswer(text, LISTENER))).toBe(code);
  });

  it('takes 1000 attributes and 32 streams', () => {
    const attributes = Array.from({ length: 1000 }, () => 'a=x');
    const streams = Array.from({ length: 31 }, () => 'm=video 4000 RTP/AVP 96');

    const audio = readAnswer(BODY(...streams, 'm=audio 4000 RTP/AVP 0', ...attributes), LISTENER);

    expect(audio.codec).toBe('PCMU');
  });

  it('takes only what was offered', () => {
    const text = BODY('m=audio 4000 RTP/AVP 0');

    expect(codeOf(() => readAnswer(text, { ...LISTENER, codecs: ['PCMA'] }))).toBe('noCommonCodec');
  });
});
