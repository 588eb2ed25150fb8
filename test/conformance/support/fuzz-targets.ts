import { DigestError, parseChallenges } from '#protocol/digest';
import {
  buildFrame,
  DrachtioProtocolError,
  FrameDecoder,
  parseClientMessage,
  parseServerMessage,
} from '#protocol/drachtio';
import { AmfError, buildAmf0, parseAmf0 } from '#protocol/amf';
import {
  parseRtmpUrl,
  reconnectUrl,
  RtmpProtocolError,
  RtmpPublisher,
  RtmpUrlError,
} from '#protocol/rtmp';
import { parseRtcp, parseRtp, RtcpParseError, RtpPacket } from '#protocol/rtp';
import { buildAnswer, readAnswer, SdpError } from '#protocol/sdp';
import {
  bodyOf,
  buildSipMessage,
  formatNameAddr,
  formatUri,
  parseCommandMessage,
  parseNameAddr,
  parseSipMessage,
  parseUri,
  plainForm,
  SipHeaders,
  SipParseError,
  SipStreamFramer,
  topVia,
} from '#protocol/sip';
import { OFFER } from '../../support/signalling-world.ts';
import { FRAMES, REQUESTS, RESPONSES, SDPS } from './mutant-samples.ts';
import { RTMP_TALK } from './rtmp-talk.ts';

/** A parser, what it is fed with first, and the errors that are its own. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** Throws nothing but the parser's own errors. */
  readonly read: (bytes: Uint8Array) => void;
}

type ErrorClass = abstract new (...words: never[]) => Error;

/** Runs what may be refused; any other error goes on. */
function allow(own: ErrorClass, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof own)) throw error;
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const seeds = (...texts: readonly string[]): readonly Uint8Array[] => texts.map(bodyOf);

const LOCAL = {
  codecs: ['PCMU', 'PCMA'],
  direction: 'recvonly',
  address: '127.0.0.1',
  port: 4000,
  ptimeMs: 20,
  sessionId: 1,
  version: 1,
} as const;

function readSip(bytes: Uint8Array): void {
  allow(SipParseError, () => parseCommandMessage(bytes));
  allow(SipParseError, () => {
    const message = parseSipMessage(bytes, 'datagram');
    parseSipMessage(buildSipMessage(message), 'datagram');
    buildSipMessage(plainForm(message));
  });
}

function readFrames(bytes: Uint8Array): void {
  allow(DrachtioProtocolError, () => {
    for (const payload of new FrameDecoder().push(bytes)) {
      allow(DrachtioProtocolError, () => parseClientMessage(payload));
      allow(DrachtioProtocolError, () => parseServerMessage(payload));
      buildFrame(payload);
    }
  });
}

function readVia(bytes: Uint8Array): void {
  const value = text(bytes).replace(/[\r\n]/g, ' ');
  const body = new Uint8Array(0);
  const headers = new SipHeaders([['Via', value]]);
  topVia({ kind: 'response', status: 200, reason: '', headers, body });
}

const { handshake, connected, created, started, ...laterTalk } = RTMP_TALK;

/** A publisher that hears `talk` at every step of its life; no key is in what it tells. */
function publish(talk: Uint8Array): void {
  const before: Uint8Array[] = [];
  for (const step of [handshake, connected, created, started]) {
    before.push(step);
    allow(RtmpProtocolError, () => hear([...before, talk]));
  }
}

function hear(pieces: readonly Uint8Array[]): void {
  const publisher = new RtmpPublisher({
    app: 'live',
    tcUrl: 'rtmp://example.com/live',
    streamKey: 'studio-1?sign=s3cr3t',
    codec: { build: buildAmf0, parse: parseAmf0 },
    random: { bytes: (count) => new Uint8Array(count), below: () => 0 },
  });
  publisher.start();
  for (const piece of pieces) {
    const { events } = publisher.receive(piece);
    for (const event of events) {
      if (event.kind === 'refused' && JSON.stringify(event).includes('s3cr3t'))
        throw new Error('the key is in a refusal');
      if (event.kind === 'reconnectAsked')
        allow(RtmpUrlError, () => reconnectUrl('rtmp://example.com/live', event.tcUrl));
    }
  }
}

/** The URL of the application and the key, apart, name the same place as the URL that held both. */
function readRtmpUrl(url: string): void {
  const { streamKey, tcUrl, host, port, app } = parseRtmpUrl(url);
  const again = parseRtmpUrl(tcUrl, streamKey.reveal());
  const isSame = again.tcUrl === tcUrl && again.host === host && again.port === port;
  if (!isSame || again.app !== app || again.streamKey.reveal() !== streamKey.reveal())
    throw new Error('a target that does not survive its own writing');
}

/** Everything that reads what strangers send. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  { name: 'sip-message', seeds: [...REQUESTS, ...RESPONSES], read: readSip },
  {
    name: 'sip-stream',
    seeds: REQUESTS,
    read: (bytes) =>
      allow(SipParseError, () => {
        const framer = new SipStreamFramer();
        const middle = bytes.length >> 1;
        framer.push(bytes.subarray(0, middle));
        framer.push(bytes.subarray(middle));
      }),
  },
  {
    name: 'uri',
    seeds: seeds('sip:a:b@[::1]:5060;lr;transport=udp?x=1', 'sips:example.com', 'tel:+1'),
    read: (bytes) => allow(SipParseError, () => parseUri(formatUri(parseUri(text(bytes))))),
  },
  {
    name: 'name-addr',
    seeds: seeds('"A \\" B" <sip:a@b;lr>;tag=1', 'sip:a@b;q=0.7', 'A B <sip:c>', '*'),
    read: (bytes) =>
      allow(SipParseError, () => parseNameAddr(formatNameAddr(parseNameAddr(text(bytes))))),
  },
  {
    name: 'via',
    seeds: seeds('SIP/2.0/UDP a:5060;branch=z9hG4bK1;rport', 'SIP / 2.0 / TCP [::1];received=x, y'),
    read: (bytes) => allow(SipParseError, () => readVia(bytes)),
  },
  {
    name: 'sdp',
    seeds: SDPS,
    read: (bytes) => {
      const { codecs, direction } = LOCAL;
      allow(SdpError, () => readAnswer(text(bytes), { codecs, direction }));
      allow(SdpError, () => buildAnswer(text(bytes), LOCAL, OFFER));
    },
  },
  {
    name: 'digest',
    seeds: seeds(
      'Digest realm="a, \\"b", nonce="1", qop="auth,auth-int", algorithm=SHA-256, stale=true',
      'Digest realm="a",nonce="b", Basic realm="c", Digest nonce=d',
    ),
    read: (bytes) => allow(DigestError, () => parseChallenges(text(bytes))),
  },
  { name: 'drachtio', seeds: FRAMES, read: readFrames },
  {
    name: 'amf',
    seeds: Object.values(RTMP_TALK).map((message) => message.subarray(12)),
    read: (bytes) => allow(AmfError, () => parseAmf0(buildAmf0(parseAmf0(bytes)))),
  },
  {
    name: 'rtmp',
    seeds: [connected, created, started, ...Object.values(laterTalk)],
    read: publish,
  },
  {
    name: 'rtmp-url',
    seeds: seeds(
      'rtmps://a%40:b@[::1]:1936/app/instance/key?a=b',
      'rtmp://h/a?b=1/k',
      'rtmp://h/a//k',
    ),
    read: (bytes) => {
      allow(RtmpUrlError, () => readRtmpUrl(text(bytes)));
      allow(RtmpUrlError, () => parseRtmpUrl(text(bytes), 'key'));
      allow(RtmpUrlError, () => reconnectUrl('rtmp://example.com/live', text(bytes)));
    },
  },
  {
    name: 'rtp',
    seeds: [
      Uint8Array.from([0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xff, 0xff]),
      Uint8Array.from([
        0xb1, 0x80, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 1, 2, 3, 4, 2, 2,
      ]),
      Uint8Array.from([0x81, 201, 0, 7, ...Array.from({ length: 28 }, (_, i) => i)]),
    ],
    read: (bytes) => {
      parseRtp(bytes, new RtpPacket());
      allow(RtcpParseError, () => parseRtcp(bytes));
    },
  },
];
